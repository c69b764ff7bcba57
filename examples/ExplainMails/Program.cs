// Which words make a mail spam? Explains two networks by words, by phrases, and as trees of phrases.
using System.Diagnostics;
using ExplainMails;
using Lrp.Decomposition.Agglomeration;
using Lrp.Pictures;
using Mails;
using Programs;
using static TorchSharp.torch;

const int LongestPhrase = 4;
const int Disputed = 7;

var folder = CommandLine.Start(
    args,
    "Explains which words make a mail spam for two networks: by words, by phrases, and as trees of phrases."
);
var vocabulary = Vocabulary.Load();

// In double precision: in the contextual decomposition of an LSTM, rounding errors grow with every word. In single
// precision they reach tenths after 64 words.
(MailNetwork Network, string Name)[] networks =
[
    (MailTransformer.Pretrained(ScalarType.Float64), "transformer"),
    (MailLstm.Pretrained(ScalarType.Float64), "LSTM"),
];
var mails = SampleMail.Load();
Token[][] words = [.. mails.Select(mail => mail.Split())];
Tensor[] numbers = [.. words.Select(tokens => tensor(vocabulary.Encode(tokens)).unsqueeze(0))];
var page = new MailPage(mails, words);

// The networks' outputs. The explained number is the logit of spam minus the logit of mail; above 0 the mail is
// classified as spam.
var verdicts = new MarkdownTable()
    .Texts("mail", "is")
    .Numbers(networks.Select(network => $"{network.Name}: spam minus mail"));
for (var i = 0; i < mails.Count; i++)
{
    double[] odds = [.. networks.Select(entry => WordFlipping.LogOdds(entry.Network, numbers[i]))];
    verdicts.Add([page.Title(i), MailNetwork.Labels[mails[i].Label], .. odds.Select(value => $"{value:F2}")]);
    page.AddVerdicts(i, [.. networks.Select((entry, k) => (entry.Name, odds[k]))]);
}

Console.WriteLine(verdicts);
Console.WriteLine();

// The relevance of words, by every method.
var methods = new MarkdownTable()
    .Texts("network", "method")
    .Numbers("sum of words / explained", $"fall without {WordFlipping.Words} words", "ms per mail");
foreach (var (network, name) in networks)
{
    foreach (var method in ProgressBar.Over($"words, {name}", WordMethods.For(network)))
    {
        // The first call is not measured, because it includes one-time preparation.
        method.Explain(network, numbers[0]);
        var watch = Stopwatch.StartNew();
        double[][] relevance = [.. numbers.Select(mail => method.Explain(network, mail))];
        var milliseconds = watch.Elapsed.TotalMilliseconds / mails.Count;

        double[] odds = [.. numbers.Select(mail => WordFlipping.LogOdds(network, mail))];
        var found =
            odds.Zip(relevance, (explained, shares) => Math.Sign(explained) * shares.Sum()).Sum() / odds.Sum(Math.Abs);
        var fall = numbers.Zip(relevance, (mail, shares) => WordFlipping.Fall(network, mail, shares)).Average();
        methods.Add(name, method.Name, $"{found:P0}", $"{fall:F2}", $"{milliseconds:F1}");
        page.AddWords($"{name}, {method.Name}", relevance);
    }

    var random = new Random(1);
    methods.Add(
        name,
        "random words",
        "-",
        $"{numbers.Average(mail => WordFlipping.FallAtRandom(network, mail, random)):F2}",
        "-"
    );
}

Console.WriteLine(methods);
Console.WriteLine();
Console.WriteLine(
    "Fall: how much the explained difference moves towards the other class when the words with the most evidence "
        + "for the predicted class are replaced by unknown words."
);
Console.WriteLine(
    "AttnLRP gives half of a product's relevance to each factor, so half goes to the attention scores; there "
        + "softmax keeps most of it, like a bias."
);
Console.WriteLine(
    "Contextual decomposition and occlusion treat each word separately: their sums may differ from the explained "
        + "difference."
);
Console.WriteLine();

var trees = new List<AgglomerationTree>();

// Phrases: the score of a phrase beyond the scores of its words, by contextual decomposition.
var phrases = new MarkdownTable()
    .Texts("network", "mail", "phrase")
    .Numbers("score for spam", "sum of its words", "interaction");
foreach (var (network, name) in networks)
{
    foreach (var i in ProgressBar.Over($"phrases, {name}", Enumerable.Range(0, mails.Count)))
    {
        using var scope = NewDisposeScope();
        using var scorer = new ContextualScorer(WordMethods.Contextually(), network, numbers[i]);
        var length = words[i].Length;
        var alone = WordMethods.ForSpam(scorer.Score(WordMethods.Phrases(length, 1)));
        (int Start, int Words, double Score, double Alone) strongest = Enumerable
            .Range(2, LongestPhrase - 1)
            .SelectMany(count =>
                WordMethods
                    .ForSpam(scorer.Score(WordMethods.Phrases(length, count)))
                    .Select((score, start) => (start, count, score, alone.Skip(start).Take(count).Sum()))
            )
            .MaxBy(phrase => Math.Abs(phrase.Item3 - phrase.Item4));
        var text = string.Join(' ', words[i].Skip(strongest.Start).Take(strongest.Words).Select(token => token.Word));
        phrases.Add(
            name,
            page.Title(i),
            text,
            $"{strongest.Score:F2}",
            $"{strongest.Alone:F2}",
            $"{strongest.Score - strongest.Alone:+0.00;-0.00;0.00}"
        );

        // The tree of phrases: starts with the strongest words and extends them.
        var tree = new TextAgglomeration { Class = WordMethods.Spam }.Build(scorer, numbers[i], dim: 1);
        page.AddTree(i, name, tree);
        if (i == Disputed)
        {
            trees.Add(tree);
        }
    }
}

Console.WriteLine(phrases);
Console.WriteLine();

// One mail that the networks classify differently, in colours.
string[] disputed = [.. words[Disputed].Select(token => token.Written.Replace('\n', ' '))];
foreach (var (network, name) in networks)
{
    using var scope = NewDisposeScope();
    var method = WordMethods.For(network)[0];
    Console.WriteLine($"{page.Title(Disputed)}, {name}, {method.Name}: red, above 0, is for spam, blue for mail");
    var relevance = method.Explain(network, numbers[Disputed]);
    WordColours.Write(TextHeatmap.ToAnsi(disputed, relevance), disputed, ("relevance", relevance));
    Console.WriteLine();
}

Console.WriteLine($"{page.Title(Disputed)}, LSTM, tree of phrases by contextual decomposition:");
Console.WriteLine(PhraseOutline.Of(trees[^1], words[Disputed]));
Console.WriteLine();

var path = Path.Combine(folder, "explain-mails.html");
page.Save(path);
Console.WriteLine($"All ten mails with all methods and trees are in {path}.");
