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

var folder = CommandLine.Start(
    args,
    "Measures which information about words the layers of two networks hold, with probes, neurons and noise."
);

// The tensors are so small that a second thread costs more time than it saves.
set_num_threads(1);
var vocabulary = Vocabulary.Load();
var mails = SampleMail.Load();
Token[][] words = [.. mails.Select(mail => mail.Split())];
Tensor[] numbers = [.. words.Select(tokens => tensor(vocabulary.Encode(tokens)).unsqueeze(0))];
int[] mailOfWord = [.. words.SelectMany((tokens, mail) => Enumerable.Repeat(mail, tokens.Length))];
(MailNetwork Network, string Name, string[] Layers)[] networks =
[
    (MailTransformer.Pretrained(), "transformer", ["embedding", "blocks.0", "blocks.1"]),
    (MailLstm.Pretrained(), "LSTM", ["embedding", "recurrence"]),
];

// An accuracy says little by itself. The majority class is right that often without reading anything. Selectivity is
// the accuracy minus the accuracy on control labels, which are random for each word type: what is not just memory of
// words.
var table = new MarkdownTable()
    .Texts("property of a word", "network", "layer")
    .Numbers("accuracy", "majority class", "above it", "selectivity");
var rows = new List<IReadOnlyList<string>>();
var accuracies = new Dictionary<(WordProperty Property, string Network, string Layer), double>();
var majorities = new Dictionary<WordProperty, double>();
var curves = new Dictionary<WordProperty, List<(string Name, AblationCurve Curve)>>
{
    [WordProperty.IsFrequent] = [],
    [WordProperty.IsInSpam] = [],
};
foreach (var property in WordProperty.All)
{
    long[] labels = [.. mails.SelectMany((mail, i) => property.Of(mail, words[i])).Select(value => value ? 1L : 0)];
    var majority = Math.Max(labels.Average(), 1 - labels.Average());
    majorities[property] = majority;
    string[] types = [.. words.SelectMany(tokens => tokens).Select(token => token.Word)];
    var control = ControlTask.Labels(types, labels);
    foreach (var (network, name, layers) in networks)
    {
        using var activations = ActivationExtractor.Extract(
            network,
            layers,
            numbers.Select(mail => new ActivationBatch(mail))
        );
        var probes = new CrossValidation(activations, mailOfWord);
        foreach (var layer in ProgressBar.Over($"{name}, {property.Name}", layers))
        {
            var accuracy = probes.Accuracy(layer, labels);
            accuracies[(property, name, layer)] = accuracy;
            string[] row =
            [
                property.Name,
                name,
                layer,
                $"{accuracy:P1}",
                $"{majority:P1}",
                $"{100 * (accuracy - majority):+0.0;-0.0;0.0}",
                $"{accuracy - probes.Accuracy(layer, control):+0.00;-0.00;0.00}",
            ];
            rows.Add(row);
            table.Add(row);
            if (curves.TryGetValue(property, out var drawn))
            {
                drawn.Add(($"{name}, {layer}", probes.Curve(layer, labels)));
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
        + "a word from a layer, and how few neurons it needs. Every probe is tested on mails on which it was not "
        + $"trained. There are {mailOfWord.Length} words of only {mails.Count} mails: differences of a few percent "
        + "mean little.",
    Scale = null,
};
foreach (var (property, drawn) in curves)
{
    var neurons = drawn[0].Curve.Points;
    AblationCurve always = new([.. neurons.Select(point => (point.Neurons, majorities[property]))]);
    report.Charts.Add(
        AblationCurve.Chart($"A word {property.Name}", [.. drawn, ("majority class", always)]) with
        {
            Note =
                "Accuracy with the best neurons of a layer alone. A line at the height of the majority class, which is "
                + "right that often without reading anything, shows no information.",
        }
    );
}

report.Tables.Add(
    new ReportTable(
        "All properties",
        ["property of a word", "network", "layer", "accuracy", "majority class", "above it", "selectivity"],
        rows,
        "Selectivity is the accuracy minus the accuracy on labels that are random for each word type."
    )
);
var probesPage = Path.Combine(folder, "probe-text.html");
report.Save(probesPage);

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
    var layerRows = new List<(string Layer, IReadOnlyList<double> Sigma)>();
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
        layerRows.Add((layer, information.Sigma()));
    }

    var picture = new InformationPicture(shown, layerRows);
    picture.ToPicture().Save(Path.Combine(folder, $"information-{name.ToLowerInvariant()}.png"));
    html.Append(CultureInfo.InvariantCulture, $"<h2>{name}</h2>\n<p>{picture.ToHtml()}</p>\n");
    Console.WriteLine(
        $"{name}, mail {Shown}: the largest noise σ on each word; the layer's mean state depends on the dark "
            + "words, where σ is small"
    );
    WordColours.Write(picture.ToAnsi(), shown, layerRows);
    Console.WriteLine();
    if (network is MailTransformer)
    {
        comparison.AddInformation("information", layerRows[^1].Sigma);
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
Console.WriteLine($"The probes and their neurons are in {probesPage}, the words of mail {Shown} in {page}.");
Console.WriteLine();
Console.WriteLine(
    $"Found in {mailOfWord.Length} words of {mails.Count} mails: from one word's state in the last layer a probe "
        + $"tells whether the mail is spam ({At(WordProperty.IsInSpam, last: true)}), which the embedded word alone "
        + $"hardly tells ({At(WordProperty.IsInSpam, last: false)}; majority class "
        + $"{majorities[WordProperty.IsInSpam]:P0}), while "
        + "what the word itself is fades: whether it is frequent is told by "
        + $"{At(WordProperty.IsFrequent, last: true)}, after {At(WordProperty.IsFrequent, last: false)} in the "
        + $"embedding (majority class {majorities[WordProperty.IsFrequent]:P0})."
);

// The accuracy in the last or the first layer of each network.
string At(WordProperty property, bool last) =>
    string.Join(
        ", ",
        networks.Select(entry =>
            $"{entry.Name} {accuracies[(property, entry.Name, last ? entry.Layers[^1] : entry.Layers[0])]:P0}"
        )
    );
