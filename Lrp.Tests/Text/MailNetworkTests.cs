using Mails;
using static TorchSharp.torch;

namespace Lrp.Tests.Text;

/// <summary>The text networks that the examples explain.</summary>
[TestFixture]
public sealed class MailNetworkTests
{
    public static IEnumerable<Func<MailNetwork>> Networks =>
        [() => MailLstm.Pretrained(ScalarType.Float64), () => MailTransformer.Pretrained(ScalarType.Float64)];

    [TestCaseSource(nameof(Networks))]
    public void EmbeddedWordsAndTheirNumbersHaveTheSameLogits(Func<MailNetwork> create)
    {
        using var scope = NewDisposeScope();
        using var network = create();
        var numbers = tensor(new long[] { 3, 1, 4, 1, 5, 0 }).unsqueeze(0);
        Assert.That(network.call(network.Embed(numbers)).allclose(network.call(numbers)), Is.True);
    }

    [TestCaseSource(nameof(Networks))]
    public void OfTheSampleMailsAtLeastEightOfTenAreToldRight(Func<MailNetwork> create)
    {
        using var scope = NewDisposeScope();
        using var network = create();
        var vocabulary = Vocabulary.Load();
        var right = SampleMail
            .Load()
            .Count(mail =>
                network.call(tensor(vocabulary.Encode(mail.Split())).unsqueeze(0)).argmax(1).item<long>() == mail.Label
            );
        Assert.That(right, Is.GreaterThanOrEqualTo(8));
    }

    [Test]
    public void SampleMailsHoldNoAddressesAndFitTheNetworks()
    {
        foreach (var mail in SampleMail.Load())
        {
            Assert.That(mail.Text, Does.Not.Contain("@").And.Not.Contain("http"));
            Assert.That(mail.Split(), Has.Length.InRange(8, MailNetwork.Longest));
        }
    }
}
