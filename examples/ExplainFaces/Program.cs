// Looks for a face in a photograph and shows which pixels are evidence for it: MTCNN from a folder, or, without one,
// small networks of the same kind and a drawn picture.
using System.CommandLine;
using ExplainFaces;
using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Pictures;
using Programs;
using TorchSharp;
using static TorchSharp.torch;

const int Enlarged = 6;
const int Listed = 3;

var weights = CommandLine.OptionalFolder(
    "The folder with pnet.pt, rnet.pt and onet.pt, MTCNN's weights in the Python package facenet-pytorch; without it "
        + "small networks learn drawn faces in seconds"
);
Option<string?> photo = new("--photo") { Description = "The photograph; needed with FOLDER" };
var output = CommandLine.OutputFolder("out");
var given = CommandLine.Read(
    new RootCommand("Looks for a face in a photograph and shows which pixels are evidence for it.")
    {
        weights,
        photo,
        output,
    },
    args
);
var target = CommandLine.Writable(given.GetRequiredValue(output));
var (folder, path) = (given.GetValue(weights), given.GetValue(photo));
if (folder is null != path is null)
{
    CommandLine.Refuse(
        folder is null
            ? "--photo needs FOLDER, MTCNN's weights: the networks without them only know drawn faces."
            : "--photo is missing: name a photograph to explain."
    );
}

manual_seed(1);
using var scope = NewDisposeScope();
var picture = path is null ? InputPicture.Render(DrawnFaces.Scene(), mean: [0, 0, 0]) : Picture.Load(path);
using var networks = folder is null ? FaceNetworks.Trained() : FaceNetworks.Mtcnn(folder);
var judge = networks.All[^1];
var windows = FaceSearch.Find(networks, picture);

IAttributor[] methods =
[
    new CompositeAttributor(Presets.EpsilonPlus(), "EpsilonPlus"),
    new CompositeAttributor(Presets.EpsilonAlpha2Beta1(), "EpsilonAlpha2Beta1"),
];
var table = new MarkdownTable()
    .Texts("window")
    .Numbers([.. networks.All.Select(network => network.GetName()), "logit"])
    .Numbers(methods.Select(method => $"sum of {method.Name}"));
var explained = windows.Take(Listed).Select(Explain).ToList();
foreach (var (window, logit, maps) in explained)
{
    table.Add([
        $"{window}",
        .. window.Faces.Select(probability => $"{probability:F3}"),
        $"{logit:F2}",
        .. maps.Select(map => $"{map.sum().ToDouble():F2}"),
    ]);
}

var (best, _, relevance) = explained[0];
var cut = best.CutFrom(picture, judge.Side);
Console.WriteLine(
    windows.Count(window => window.Passed == networks.All.Count) switch
    {
        0 => $"There is no face in the picture; what comes closest is {best}.",
        1 => $"There is a face: {best}.",
        var count => $"There are {count} faces; the clearest: {best}.",
    }
);
Console.WriteLine(table);
if (folder is null)
{
    var isDark = InputPicture.ToTensor(cut).mean([0L]) < 2 * DrawnFaces.Dark;
    var evidence = relevance[0].sum([0L]).clamp_min(0);
    Console.WriteLine(
        $"{evidence[isDark].sum().ToDouble() / evidence.sum().ToDouble():P0} of the evidence for a face lies on its "
            + $"dots and its line, which are {isDark.to(ScalarType.Float64).mean().ToDouble():P0} of the window."
    );
}

PictureGrid
    .Arrange(
        [
            best.Framed(picture, judge.Side * Enlarged),
            cut.Enlarge(Enlarged),
            .. relevance.Select(map =>
                Heatmap.Render(map, new HeatmapOptions { PixelSize = Enlarged, ClipPercentile = 99.5 })
            ),
        ],
        columns: 2 + methods.Length,
        gap: 8,
        labels: new GridLabels
        {
            Columns = ["picture", $"face: {best.Faces[^1]:P1}", .. methods.Select(method => method.Name)],
        }
    )
    .Save(Path.Combine(target, "explain-faces.png"));
Console.WriteLine($"explain-faces.png is in {target}.");

// The last network's logit of a face, and by each method the relevance of the window's pixels for it, 3 × 48 × 48.
(FaceWindow Window, double Logit, IReadOnlyList<Tensor> Maps) Explain(FaceWindow window)
{
    var input = FaceSearch.ToInput(window.CutFrom(picture, judge.Side)).unsqueeze(0);
    var results = methods.Select(method => method.Attribute(judge, input, Target.Class(FaceNetwork.Face)));
    return (
        window,
        judge.call(input)[0, FaceNetwork.Face].ToDouble(),
        [.. results.Select(result => result.Relevance[0])]
    );
}
