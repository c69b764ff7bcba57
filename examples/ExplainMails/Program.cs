// Which words make a mail spam? Two networks, explained by word, by phrase, and as a tree of phrases.
using System.Diagnostics;
using ExplainMails;
using Lrp.Composites.Agglomeration;
using Lrp.Pictures;
using Mails;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int LongestPhrase = 4;
const int Disputed = 7;

string folder = CommandLine.Start(args, "Which words make a mail spam: two networks, explained by word, by phrase, and as a tree of phrases.");
Vocabulary vocabulary = Vocabulary.Load();

// In double precision: contextual decomposition of an LSTM lets rounding grow with every word, in single precision to tenths after 64.
(MailNetwork Network, string Name)[] networks =
[
    (MailTransformer.Pretrained(ScalarType.Float64), "transformer"),
    (MailLstm.Pretrained(ScalarType.Float64), "LSTM"),
];
IReadOnlyList<SampleMail> mails = SampleMail.Load();
Token[][] words = [.. mails.Select(mail => mail.Split())];
Tensor[] numbers = [.. words.Select(tokens => tensor(vocabulary.Encode(tokens)).unsqueeze(0))];
var page = new MailPage(mails, words);

// What the networks say. The number that is explained is the logit of spam less the logit of mail: above 0 the verdict is spam.
var verdicts = new MarkdownTable().Texts("mail", "is").Numbers(networks.Select(network => $"{network.Name}: spam less mail"));
for (int i = 0; i < mails.Count; i++)
{
    double[] odds = [.. networks.Select(entry => WordFlipping.LogOdds(entry.Network, numbers[i]))];
    verdicts.Add([page.Title(i), MailNetwork.Labels[mails[i].Label], .. odds.Select(value => $"{value:F2}")]);
    page.AddVerdicts(i, [.. networks.Select((entry, k) => (entry.Name, odds[k]))]);
}

Console.WriteLine(verdicts);
Console.WriteLine();

// By word, with every method.
var methods = new MarkdownTable()
    .Texts("network", "method")
    .Numbers("sum of words / explained", $"falls without its {WordFlipping.Words} words", "ms a mail");
foreach ((MailNetwork network, string name) in networks)
{
    foreach (WordMethod method in ProgressBar.Over($"words, {name}", WordMethods.For(network)))
    {
        method.Explain(network, numbers[0]); // once unmeasured: what is prepared on first use is no property of the method
        var watch = Stopwatch.StartNew();
        double[][] relevance = [.. numbers.Select(mail => method.Explain(network, mail))];
        double milliseconds = watch.Elapsed.TotalMilliseconds / mails.Count;

        double[] odds = [.. numbers.Select(mail => WordFlipping.LogOdds(network, mail))];
        double found = odds.Zip(relevance, (explained, shares) => Math.Sign(explained) * shares.Sum()).Sum() / odds.Sum(Math.Abs);
        double fall = numbers.Zip(relevance, (mail, shares) => WordFlipping.Fall(network, mail, shares)).Average();
        methods.Add(name, method.Name, $"{found:P0}", $"{fall:F2}", $"{milliseconds:F1}");
        page.AddWords($"{name}, {method.Name}", relevance);
    }

    var random = new Random(1);
    methods.Add(name, "words drawn at random", "-", $"{numbers.Average(mail => WordFlipping.FallAtRandom(network, mail, random)):F2}", "-");
}

Console.WriteLine(methods);
Console.WriteLine();
Console.WriteLine("Falls: by how much the explained difference moves against the verdict once a mail's words that speak most for it are unknown words.");
Console.WriteLine("AttnLRP gives half of what a product gets to either factor, so attention's scores too; there softmax keeps most of it, as a bias would.");
Console.WriteLine("Contextual decomposition and occlusion ask of each word by itself: their sums need not be the explained difference.");
Console.WriteLine();

var trees = new List<AgglomerationTree>();

// By phrase: what a phrase says beyond its words, by contextual decomposition.
var phrases = new MarkdownTable()
    .Texts("network", "mail", "phrase")
    .Numbers("says for spam", "its words alone", "beyond them");
foreach ((MailNetwork network, string name) in networks)
{
    foreach (int i in ProgressBar.Over($"phrases, {name}", Enumerable.Range(0, mails.Count)))
    {
        using DisposeScope scope = NewDisposeScope();
        using var scorer = new ContextualScorer(WordMethods.Contextually(), network, numbers[i]);
        int length = words[i].Length;
        double[] alone = WordMethods.ForSpam(scorer.Score(WordMethods.Phrases(length, 1)));
        (int Start, int Words, double Score, double Alone) strongest = Enumerable.Range(2, LongestPhrase - 1).SelectMany(count =>
                WordMethods.ForSpam(scorer.Score(WordMethods.Phrases(length, count))).Select((score, start) => (start, count, score, alone.Skip(start).Take(count).Sum())))
            .MaxBy(phrase => Math.Abs(phrase.Item3 - phrase.Item4));
        string text = string.Join(' ', words[i].Skip(strongest.Start).Take(strongest.Words).Select(token => token.Word));
        phrases.Add(name, page.Title(i), text, $"{strongest.Score:F2}", $"{strongest.Alone:F2}", $"{strongest.Score - strongest.Alone:+0.00;-0.00;0.00}");

        // As a tree: the strongest words first, then what they grow into.
        AgglomerationTree tree = new TextAgglomeration { Class = WordMethods.Spam }.Build(scorer, numbers[i], dim: 1);
        page.AddTree(i, name, tree);
        if (i == Disputed)
        {
            trees.Add(tree);
        }
    }
}

Console.WriteLine(phrases);
Console.WriteLine();

// A mail about which the networks disagree, in colours.
string[] disputed = [.. words[Disputed].Select(token => token.Written.Replace('\n', ' '))];
foreach ((MailNetwork network, string name) in networks)
{
    using DisposeScope scope = NewDisposeScope();
    WordMethod method = WordMethods.For(network)[0];
    Console.WriteLine($"{page.Title(Disputed)}, {name}, {method.Name}: red, above 0, speaks for spam, blue for mail");
    double[] relevance = method.Explain(network, numbers[Disputed]);
    WordColours.Write(TextHeatmap.ToAnsi(disputed, relevance), disputed, ("relevance", relevance));
    Console.WriteLine();
}

Console.WriteLine($"{page.Title(Disputed)}, LSTM, tree of phrases by contextual decomposition:");
Console.WriteLine(PhraseOutline.Of(trees[^1], words[Disputed]));
Console.WriteLine();

string path = Path.Combine(folder, "explain-mails.html");
page.Save(path);
Console.WriteLine($"All ten mails with all methods and trees are in {path}.");
