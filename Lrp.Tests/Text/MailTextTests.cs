using System.Text;
using TrainText;

namespace Lrp.Tests.Text;

/// <summary>What is read of a mail as it was sent.</summary>
[TestFixture]
public sealed class MailTextTests
{
    [Test]
    public void SubjectAndTextAreReadWithoutHeadersListTagsQuotesAndSignature()
    {
        var text = TextOf(
            "From somebody Thu Aug 22\nSubject: [list] Re:\n a question\nTo: nobody\n\nSomebody wrote:\n> an old "
                + "line\nAn answer.\n-- \nA name\n"
        );
        Assert.That(text, Is.EqualTo("Re: a question\nAn answer."));
    }

    [Test]
    public void AddressesAndLinksAreWordsForThemselves() =>
        Assert.That(
            TextOf("Subject: s\n\nAsk me@example.org or see http://example.org/a?b and www.example.org."),
            Is.EqualTo("s\nAsk address or see link and link")
        );

    [Test]
    public void OfHtmlOnlyWhatIsSeenIsRead() =>
        Assert.That(
            TextOf(
                "Subject: s\nContent-Type: text/html\n\n<html><head><title>t</title><style>p { "
                    + "}</style></head><p>Fish&nbsp;&amp; <b>ch</b>ips<br>here<!-- no -->"
            ),
            Is.EqualTo("s\nFish & chips\nhere")
        );

    [Test]
    public void TransferEncodingsAreUndone()
    {
        Assert.That(
            TextOf("Subject: s\nContent-Transfer-Encoding: quoted-printable\n\n100=25 fr=\nee"),
            Is.EqualTo("s\n100% free")
        );
        Assert.That(
            TextOf("Subject: s\nContent-Transfer-Encoding: base64\n\nRnJlZSBt\nb25leQ==\n"),
            Is.EqualTo("s\nFree money")
        );
    }

    [Test]
    public void OfSeveralPartsThePlainTextIsRead()
    {
        var text = TextOf(
            "Subject: s\nContent-Type: multipart/alternative; boundary=\"b\"\n\npreamble\n--b\nContent-Type: "
                + "text/html\n\n<p>marked</p>\n--b\nContent-Type: text/plain\n\nplain\n--b--\n"
        );
        Assert.That(text, Is.EqualTo("s\nplain"));
    }

    [Test]
    public void AMailWithoutTextIsItsSubject() =>
        Assert.That(TextOf("Subject: s\nContent-Type: image/png\n\nxyz"), Is.EqualTo("s"));

    [Test]
    public void EncodedSubjectsAreDecodedAndOtherLettersThanAsciiAreLeftOut() =>
        Assert.That(TextOf("Subject: =?iso-8859-1?q?Fr=E9e_money?=\n\nna\u00efve"), Is.EqualTo("Fr e money\nna ve"));

    [Test]
    public void AWordThatACommentCutsInTwoIsOneWord() =>
        Assert.That(
            TextOf("Subject: s\nContent-Type: text/html\n\nHu<!-- x -->man gro<b></b>wth"),
            Is.EqualTo("s\nHuman growth")
        );

    private static string TextOf(string mail) => MailText.Of(new MemoryStream(Encoding.Latin1.GetBytes(mail)));
}
