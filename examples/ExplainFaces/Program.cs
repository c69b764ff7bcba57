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
    "The folder with pnet.pt and onet.pt, MTCNN's weights in the Python package facenet-pytorch; without it small "
        + "networks learn drawn faces in seconds"
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
var windows = FaceSearch.Find(networks, picture);

IAttributor[] methods =
[
    new CompositeAttributor(Presets.EpsilonPlus(), "EpsilonPlus"),
    new CompositeAttributor(Presets.EpsilonAlpha2Beta1(), "EpsilonAlpha2Beta1"),
];
var table = new MarkdownTable()
    .Texts("window")
    .Numbers("scanner", "judge", "logit")
    .Numbers(methods.Select(method => $"sum of {method.Name}"));
var explained = windows.Take(Listed).Select(Explain).ToList();
foreach (var (window, logit, maps) in explained)
{
    table.Add([
        $"{window}",
        $"{window.Scanned:F3}",
        $"{window.Judged:F3}",
        $"{logit:F2}",
        .. maps.Select(map => $"{map.sum().ToDouble():F2}"),
    ]);
}

var (best, _, relevance) = explained[0];
var cut = best.CutFrom(picture);
Console.WriteLine(
    best.IsFace ? $"There is a face: {best}." : $"There is no face in the picture; what comes closest is {best}."
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
            best.Framed(picture, FaceNetworks.JudgedSide * Enlarged),
            cut.Enlarge(Enlarged),
            .. relevance.Select(map =>
                Heatmap.Render(map, new HeatmapOptions { PixelSize = Enlarged, ClipPercentile = 99.5 })
            ),
        ],
        columns: 2 + methods.Length,
        gap: 8,
        labels: new GridLabels
        {
            Columns = ["picture", $"face: {best.Judged:P1}", .. methods.Select(method => method.Name)],
        }
    )
    .Save(Path.Combine(target, "explain-faces.png"));
Console.WriteLine($"explain-faces.png is in {target}.");

// The judge's logit of a face, and by each method the relevance of the window's pixels for it, 3 × 48 × 48.
(FaceWindow Window, double Logit, IReadOnlyList<Tensor> Maps) Explain(FaceWindow window)
{
    var input = FaceSearch.ToInput(window.CutFrom(picture)).unsqueeze(0);
    var results = methods.Select(method => method.Attribute(networks.Judge, input, Target.Class(FaceNetworks.Face)));
    return (
        window,
        networks.Judge.call(input)[0, FaceNetworks.Face].ToDouble(),
        [.. results.Select(result => result.Relevance[0])]
    );
}
