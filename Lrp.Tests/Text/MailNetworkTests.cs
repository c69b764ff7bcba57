using Mails;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Text;

/// <summary>The text networks that the examples explain.</summary>
[TestFixture]
public sealed class MailNetworkTests
{
    public static IEnumerable<Func<MailNetwork>> Networks => [() => MailLstm.Pretrained(ScalarType.Float64), () => MailTransformer.Pretrained(ScalarType.Float64)];

    [TestCaseSource(nameof(Networks))]
    public void Embedded_words_and_their_numbers_have_the_same_logits(Func<MailNetwork> create)
    {
        using DisposeScope scope = NewDisposeScope();
        using MailNetwork network = create();
        Tensor numbers = tensor(new long[] { 3, 1, 4, 1, 5, 0 }).unsqueeze(0);
        Assert.That(network.call(network.Embed(numbers)).allclose(network.call(numbers)), Is.True);
    }

    [TestCaseSource(nameof(Networks))]
    public void Of_the_sample_mails_at_least_eight_of_ten_are_told_right(Func<MailNetwork> create)
    {
        using DisposeScope scope = NewDisposeScope();
        using MailNetwork network = create();
        Vocabulary vocabulary = Vocabulary.Load();
        int right = SampleMail.Load().Count(mail =>
            network.call(tensor(vocabulary.Encode(mail.Split())).unsqueeze(0)).argmax(1).item<long>() == mail.Label);
        Assert.That(right, Is.GreaterThanOrEqualTo(8));
    }

    [Test]
    public void Sample_mails_hold_no_addresses_and_fit_the_networks()
    {
        foreach (SampleMail mail in SampleMail.Load())
        {
            Assert.That(mail.Text, Does.Not.Contain("@").And.Not.Contain("http"));
            Assert.That(mail.Split(), Has.Length.InRange(8, MailNetwork.Longest));
        }
    }
}
