// Trains the two networks of examples/Mails to detect spam, and writes the files that the examples need.
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lrp.Checkpoints;
using Mails;
using Programs;
using TrainText;
using static TorchSharp.torch;

const int BatchSize = 32;
const int KnownWords = 3000;
const int FewestMails = 6;
const double ForgottenWords = 0.1;
const double Required = 0.95;

var options = Options.Read(args);
var mails = Mail.ReadAll(options.Folder);

// Every fifth mail is for the test, and so are the mails that the examples explain; none of them is used in training.
var parts = mails
    .Index()
    .ToLookup(entry => entry.Index % 5 == 0 || Samples.Ids.Contains(entry.Item.Id), entry => entry.Item);
List<Mail> test = [.. parts[true]];
List<Mail> train = [.. parts[false]];
if (options.Texts is { } file)
{
    File.WriteAllLines(
        file,
        test.Select(mail =>
            $"{mail.Id}\t{string.Concat(mail.Tokens.Select(token => token.Written)).Replace('\n', '/')}"
        )
    );
    return 0;
}

// Words that occur in few mails are left out: too little can be learned about them.
var vocabulary = new Vocabulary(
    train
        .SelectMany(mail => mail.Tokens.Select(token => token.Word).Distinct())
        .GroupBy(word => word)
        .Where(group => group.Count() >= FewestMails)
        .OrderByDescending(group => group.Count())
        .ThenBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => group.Key)
        .Take(KnownWords)
);
Console.WriteLine(
    $"{train.Count} mails to learn from, {test.Count} to test with, of which "
        + $"{test.Average(mail => mail.Label):P1} are spam; {vocabulary.Count} words."
);

var learned = new Batches(vocabulary, train, step: 8);
var tested = new Batches(vocabulary, test, step: 1);
manual_seed(options.Seed);
var good =
    Train(new MailLstm(vocabulary.Count), "mail-lstm.safetensors")
    & Train(new MailTransformer(vocabulary.Count), "mail-transformer.safetensors");
if (!good)
{
    Console.Error.WriteLine($"Less than the {Required:P0} that the examples need; try more epochs or another seed.");
    return 1;
}

File.WriteAllText(Path.Combine(options.Out, "vocabulary.txt"), string.Join('\n', vocabulary.Words) + "\n");
SaveSamples();
Console.WriteLine($"Weights, vocabulary and samples are in {options.Out}.");
return 0;

bool Train(MailNetwork network, string name)
{
    using (network)
    {
        Console.WriteLine(
            $"{network.GetName()}: {network.parameters().Sum(parameter => parameter.NumberOfElements)} parameters"
        );
        using optim.Optimizer optimizer = optim.AdamW(network.parameters(), lr: 3e-3, weight_decay: 0.02);
        var schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, options.Epochs);
        var random = new Random(options.Seed);
        double accuracy = 0;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var watch = Stopwatch.StartNew();
            var loss = Learn(network, optimizer, $"epoch {epoch}", random);
            schedule.step();
            accuracy = Accuracy(network);
            Console.WriteLine(
                $"epoch {epoch}: loss {loss:F4}, accuracy on the test set {accuracy:P2}, "
                    + $"{watch.Elapsed.TotalSeconds:F0} s"
            );
        }

        network.SaveSafetensors(
            Path.Combine(options.Out, name),
            new Dictionary<string, string>
            {
                ["accuracy"] = accuracy.ToString("F4", CultureInfo.InvariantCulture),
                ["epochs"] = options.Epochs.ToString(CultureInfo.InvariantCulture),
                ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            }
        );
        return accuracy >= Required;
    }
}

double Learn(MailNetwork network, optim.Optimizer optimizer, string epoch, Random random)
{
    network.train();
    double sum = 0;
    long count = 0;
    foreach (var (words, labels) in ProgressBar.Over(epoch, learned.Shuffled(BatchSize, random)))
    {
        using (words)
        using (labels)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();

            // Some words are replaced by the unknown word, so that no single word decides and the network learns to use
            // unknown words.
            var kept = words * rand(words.shape).ge(ForgottenWords);
            var loss = nn.functional.cross_entropy(network.call(kept), labels);
            loss.backward();
            nn.utils.clip_grad_norm_(network.parameters(), 1);
            optimizer.step();
            sum += loss.item<float>() * labels.shape[0];
            count += labels.shape[0];
        }
    }

    return sum / count;
}

double Accuracy(MailNetwork network)
{
    network.eval();
    using var inference = no_grad();
    long right = 0;
    foreach (var (words, labels) in tested.Shuffled(256, new Random(0)))
    {
        using (words)
        using (labels)
        {
            using var scope = NewDisposeScope();
            right += network.call(words).argmax(1).eq(labels).sum().item<long>();
        }
    }

    return (double)right / test.Count;
}

void SaveSamples()
{
    SampleMail[] samples =
    [
        .. Samples.Ids.Select(id =>
            test.Find(mail => mail.Id == id) is { } mail
                ? new SampleMail(mail.Id, mail.Label, string.Concat(mail.Tokens.Select(token => token.Written)).Trim())
                : throw new FormatException($"The corpus has no test mail {id}.")
        ),
    ];
    File.WriteAllText(
        Path.Combine(options.Out, "samples.json"),
        JsonSerializer.Serialize(
            samples,
            new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
        ) + "\n"
    );
}
