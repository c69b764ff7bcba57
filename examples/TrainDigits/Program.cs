// Trains the network of examples/Digits and writes the files that the examples need.
using System.Diagnostics;
using System.Globalization;
using Digits;
using Lrp.Checkpoints;
using Programs;
using TrainDigits;
using static TorchSharp.torch;

const int BatchSize = 100;
const double Required = 0.985;

var options = Options.Read(args);
manual_seed(options.Seed);
using var train = DigitSet.Read(options.Folder, "train");
using var test = DigitSet.Read(options.Folder, "t10k");
using var network = new DigitsNetwork();
Console.WriteLine(
    $"{train.Count} digits to learn from, {test.Count} to test with, "
        + $"{network.parameters().Sum(parameter => parameter.NumberOfElements)} parameters."
);

double accuracy = 0;
using (optim.Optimizer optimizer = optim.Adam(network.parameters(), lr: 2e-3))
{
    var schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, options.Epochs);
    for (var epoch = 1; epoch <= options.Epochs; epoch++)
    {
        var watch = Stopwatch.StartNew();
        var loss = Learn(epoch, optimizer);
        schedule.step();
        accuracy = Accuracy();
        Console.WriteLine(
            $"epoch {epoch}: loss {loss:F4}, accuracy on the test set {accuracy:P2}, {watch.Elapsed.TotalSeconds:F0} s"
        );
    }
}

if (accuracy < Required)
{
    Console.Error.WriteLine(
        $"{accuracy:P2} is less than the {Required:P1} that the examples need; nothing was saved. Try more "
            + "epochs or another seed."
    );
    return 1;
}

network.SaveSafetensors(
    Path.Combine(options.Out, "digits-network.safetensors"),
    new Dictionary<string, string>
    {
        ["accuracy"] = accuracy.ToString("F4", CultureInfo.InvariantCulture),
        ["epochs"] = options.Epochs.ToString(CultureInfo.InvariantCulture),
        ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
    }
);
SaveTestDigits();
Console.WriteLine($"Weights and test digits are in {options.Out}.");
return 0;

double Learn(int epoch, optim.Optimizer optimizer)
{
    network.train();
    double sum = 0;
    using var order = randperm(train.Count);
    foreach (var start in ProgressBar.Over($"epoch {epoch}", Enumerable.Sequence(0, train.Count - 1, BatchSize)))
    {
        using var scope = NewDisposeScope();
        var (images, labels) = train.Batch(order.narrow(0, start, Math.Min(BatchSize, train.Count - start)));
        optimizer.zero_grad();
        var loss = nn.functional.cross_entropy(network.call(images), labels);
        loss.backward();
        optimizer.step();
        sum += loss.item<float>() * labels.shape[0];
    }

    return sum / train.Count;
}

double Accuracy()
{
    network.eval();
    using var inference = no_grad();
    long right = 0;
    for (long start = 0; start < test.Count; start += 1000)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = test.Batch(arange(start, Math.Min(start + 1000, test.Count)));
        right += network.call(images).argmax(1).eq(labels).sum().item<long>();
    }

    return (double)right / test.Count;
}

// Saves the first ten test digits of each class, as bytes: the digits that the examples explain.
void SaveTestDigits()
{
    using var scope = NewDisposeScope();
    var labels = test.Labels.data<long>().ToArray();
    long[] rows =
    [
        .. Enumerable
            .Range(0, 10)
            .SelectMany(digit => Enumerable.Range(0, labels.Length).Where(row => labels[row] == digit).Take(10))
            .Select(row => (long)row),
    ];
    var chosen = tensor(rows);
    SafetensorsFile.Save(
        Path.Combine(options.Out, "test-digits.safetensors"),
        new Dictionary<string, Tensor>
        {
            ["images"] = test.Images.index_select(0, chosen),
            ["labels"] = test.Labels.index_select(0, chosen).to(ScalarType.Byte),
            ["rows"] = chosen,
        }
    );
}
