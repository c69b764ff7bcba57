using System.Text;
using TrainText;

namespace Lrp.Tests.Text;

/// <summary>What is read of a mail as it was sent.</summary>
[TestFixture]
public sealed class MailTextTests
{
    [Test]
    public void Subject_and_text_are_read_without_headers_list_tags_quotes_and_signature()
    {
        string text = TextOf(
            "From somebody Thu Aug 22\nSubject: [list] Re:\n a question\nTo: nobody\n\nSomebody wrote:\n> an old line\nAn answer.\n-- \nA name\n");
        Assert.That(text, Is.EqualTo("Re: a question\nAn answer."));
    }

    [Test]
    public void Addresses_and_links_are_words_for_themselves() =>
        Assert.That(TextOf("Subject: s\n\nAsk me@example.org or see http://example.org/a?b and www.example.org."), Is.EqualTo("s\nAsk address or see link and link"));

    [Test]
    public void Of_html_only_what_is_seen_is_read() =>
        Assert.That(
            TextOf("Subject: s\nContent-Type: text/html\n\n<html><head><title>t</title><style>p { }</style></head><p>Fish&nbsp;&amp; <b>ch</b>ips<br>here<!-- no -->"),
            Is.EqualTo("s\nFish & chips\nhere"));

    [Test]
    public void Transfer_encodings_are_undone()
    {
        Assert.That(TextOf("Subject: s\nContent-Transfer-Encoding: quoted-printable\n\n100=25 fr=\nee"), Is.EqualTo("s\n100% free"));
        Assert.That(TextOf("Subject: s\nContent-Transfer-Encoding: base64\n\nRnJlZSBt\nb25leQ==\n"), Is.EqualTo("s\nFree money"));
    }

    [Test]
    public void Of_several_parts_the_plain_text_is_read()
    {
        string text = TextOf(
            "Subject: s\nContent-Type: multipart/alternative; boundary=\"b\"\n\npreamble\n--b\nContent-Type: text/html\n\n<p>marked</p>\n--b\nContent-Type: text/plain\n\nplain\n--b--\n");
        Assert.That(text, Is.EqualTo("s\nplain"));
    }

    [Test]
    public void A_mail_without_text_is_its_subject() =>
        Assert.That(TextOf("Subject: s\nContent-Type: image/png\n\nxyz"), Is.EqualTo("s"));

    [Test]
    public void Encoded_subjects_are_decoded_and_other_letters_than_ascii_are_left_out() =>
        Assert.That(TextOf("Subject: =?iso-8859-1?q?Fr=E9e_money?=\n\nna\u00efve"), Is.EqualTo("Fr e money\nna ve"));

    [Test]
    public void A_word_that_a_comment_cuts_in_two_is_one_word() =>
        Assert.That(TextOf("Subject: s\nContent-Type: text/html\n\nHu<!-- x -->man gro<b></b>wth"), Is.EqualTo("s\nHuman growth"));

    private static string TextOf(string mail) => MailText.Of(new MemoryStream(Encoding.Latin1.GetBytes(mail)));
}
