// Measures which information about words the layers of two networks hold: probes, their neurons, and the noise that
// does not change a layer.
using System.Globalization;
using Lrp.Analysis.Activations;
using Lrp.Analysis.Information;
using Lrp.Analysis.Probes;
using Lrp.Analysis.Ranking;
using Lrp.Pictures;
using Mails;
using ProbeText;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Shown = 7;
const int TopNeurons = 5;

var folder = CommandLine.Start(
    args,
    "Measures which information about words the layers of two networks hold, with probes, neurons and noise."
);
var vocabulary = Vocabulary.Load();
var mails = SampleMail.Load();
Token[][] words = [.. mails.Select(mail => mail.Split())];
Tensor[] numbers = [.. words.Select(tokens => tensor(vocabulary.Encode(tokens)).unsqueeze(0))];
(MailNetwork Network, string Name, string[] Layers)[] networks =
[
    (MailTransformer.Pretrained(), "transformer", ["embedding", "blocks.0", "blocks.1"]),
    (MailLstm.Pretrained(), "LSTM", ["embedding", "recurrence"]),
];

// Every other mail is for training, the rest for the test. Selectivity is the accuracy minus the accuracy on control
// labels, which are random for each word type.
int[] training = [.. Enumerable.Range(0, mails.Count).Where(mail => mail % 2 == 0)];
int[] test = [.. Enumerable.Range(0, mails.Count).Where(mail => mail % 2 == 1)];
var options = new ProbeOptions { L2 = 1e-5, Classes = 2 };
var table = new MarkdownTable()
    .Texts("network", "layer", "property")
    .Numbers("accuracy", "always no", "F1", "selectivity")
    .Texts($"{TopNeurons} top neurons");
var curves = new List<(string Name, AblationCurve Curve)>();
foreach (var (network, name, layers) in networks)
{
    foreach (var property in WordProperty.All)
    {
        using var known = ActivationExtractor.Extract(network, layers, Batches(training, property));
        using var unseen = ActivationExtractor.Extract(network, layers, Batches(test, property));
        string[] types = [.. known.Tokens, .. unseen.Tokens];
        var control = ControlTask.Labels(types, [.. known.Labels.Select(label => (long)label)], caseSensitive: false);
        foreach (var layer in ProgressBar.Over($"{name}, {property.Name}", layers))
        {
            using var probe = LinearProbe.Train(known[layer], known.Classes(), options);
            using var random = LinearProbe.Train(known[layer], tensor(control[..(int)known.Rows]), options);
            var found = probe.Evaluate(unseen[layer], unseen.Classes(), unseen.Tokens);
            var selectivity = ControlTask.Selectivity(
                found,
                random.Evaluate(unseen[layer], tensor(control[(int)known.Rows..]))
            );
            var order = NeuronSelection.Ordering(probe).Complete(probe.Neurons);
            var no = unseen.Labels.Count(label => label == 0) / (double)unseen.Rows;
            table.Add(
                name,
                layer,
                property.Name,
                $"{found.Overall!.Accuracy:P1}",
                $"{no:P1}",
                $"{found.Overall.BinaryF1:F2}",
                $"{selectivity:+0.00;-0.00;0.00}",
                string.Join(" ", order.Take(TopNeurons))
            );
            if (layer == layers[^1])
            {
                curves.Add(
                    (
                        $"{name}, {property.Name}",
                        AblationCurve.Retrained(
                            (known[layer], known.Classes()),
                            (unseen[layer], unseen.Classes()),
                            order,
                            options
                        )
                    )
                );
            }
        }
    }
}

Console.WriteLine(table);
Console.WriteLine();
var report = new HtmlReport("Information about words in the layers")
{
    Introduction =
        "Probes of two networks that distinguish spam from other mail: how well a linear map predicts a property of "
        + "a word from a layer, and how few neurons it needs.",
    Scale = null,
};
report.Charts.Add(AblationCurve.Chart("Accuracy with the best neurons of the last layer alone", [.. curves]));
var probes = Path.Combine(folder, "probe-text.html");
report.Save(probes);

// Measures how much noise on each word a layer's mean state tolerates. Dark words are those that it depends on.
string[] shown = [.. words[Shown].Select(token => token.Written.Trim())];
var comparison = new MethodComparison(shown);
comparison.Add("AttnLRP", Explanations.ByRelevance(networks[0].Network, numbers[Shown]));
comparison.Add("decomposition", Explanations.ByDecomposition(networks[0].Network, numbers[Shown]));
var html = new System.Text.StringBuilder(
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Information about each word in the "
        + "layers</title></head>\n<body>\n<h1>Information about each word in the layers</h1>\n"
);
foreach (var (network, name, layers) in networks)
{
    var rows = new List<(string Layer, IReadOnlyList<double> Sigma)>();
    foreach (var layer in ProgressBar.Over($"{name}, information", layers[1..]))
    {
        using var scope = NewDisposeScope();
        using var state = new LayerState(network, "embedding", layer, numbers[Shown]);
        var mean = HiddenState.OfBatch(embedded => state.State.States(embedded).mean([1]));
        var deviation = network.get_parameter("embedding.weight")!.std().ToDouble();
        var schedule = new InformationOptions
        {
            Scale = 10 * deviation,
            Iterations = 600,
            LearningRate = 0.05,
            NoiseSamples = 8,
        };
        using var information = new SentenceInformation(state.Embeddings()[0], mean, options: schedule);
        information.Optimize();
        rows.Add((layer, information.Sigma()));
    }

    var picture = new InformationPicture(shown, rows);
    picture.ToPicture().Save(Path.Combine(folder, $"information-{name.ToLowerInvariant()}.png"));
    html.Append(CultureInfo.InvariantCulture, $"<h2>{name}</h2>\n<p>{picture.ToHtml()}</p>\n");
    Console.WriteLine(
        $"{name}, mail {Shown}: the largest noise σ on each word; the layer's mean state depends on the dark "
            + "words, where σ is small"
    );
    WordColours.Write(picture.ToAnsi(), shown, rows);
    Console.WriteLine();
    if (network is MailTransformer)
    {
        comparison.AddInformation("information", rows[^1].Sigma);
    }
}

// The same mail explained by three methods, and how far they agree on which words are strong. Information has no sign.
var agreement = comparison.TableOfStrength();
var correlations = new MarkdownTable().Texts(agreement.Title).Numbers(agreement.Columns.Skip(1));
foreach (var row in agreement.Rows)
{
    correlations.Add(row);
}

Console.WriteLine(correlations);
Console.WriteLine();
html.Append("<h2>Three methods</h2>\n").Append(comparison.ToHtml()).Append("</body>\n</html>\n");
var page = Path.Combine(folder, "information.html");
File.WriteAllText(page, html.ToString());
Console.WriteLine($"The ablation curves are in {probes}, the words of mail {Shown} in {page}.");

IEnumerable<ActivationBatch> Batches(int[] chosen, WordProperty property) =>
    chosen.Select(mail => new ActivationBatch(numbers[mail])
    {
        Labels = [.. property.Of(mails[mail], words[mail]).Select(value => value ? 1.0 : 0.0)],
        Tokens = [.. words[mail].Select(token => token.Word)],
    });
