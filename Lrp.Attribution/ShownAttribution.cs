using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The relevance of a batch as a picture, a page, or numbers.</summary>
internal sealed class ShownAttribution(AttributionResult result)
{
    private const int UsualSide = 256;
    private const int LargestSquare = 32;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>A row for each input, a column for each sample; labels where there are several.</summary>
    public Picture ToPicture()
    {
        var rows = result.Inputs.Select(Heatmaps).ToList();
        var samples = rows[0].Count;
        return rows.Count == 1 && samples == 1
            ? rows[0][0]
            : PictureGrid.Arrange(
                [.. rows.SelectMany(row => row)],
                samples,
                gap: 8,
                labels: new GridLabels
                {
                    Rows = rows.Count > 1 ? [.. result.Inputs.Select(input => input.Name)] : [],
                    Columns = samples > 1 ? [.. Enumerable.Range(0, samples).Select(sample => $"{sample}")] : [],
                }
            );
    }

    public string ToHtml()
    {
        var page = new HtmlReport("Relevance");
        foreach (var input in result.Inputs)
        {
            foreach (var (sample, picture) in Heatmaps(input).Index())
            {
                page.Figures.Add(new ReportFigure(picture, $"Input '{input.Name}', sample {sample}"));
            }
        }

        page.Tables.Add(
            new ReportTable(
                "Sums",
                ["sample", "explained output", "sum of relevance"],
                [
                    .. result.Explained.Select(
                        (explained, sample) =>
                            (IReadOnlyList<string>)[$"{sample}", Number(explained), Number(result.Sums[sample])]
                    ),
                ]
            )
        );
        return page.ToHtml();
    }

    /// <summary>A line for each sample, and a line for each token.</summary>
    public string ToText()
    {
        var lines = result
            .Explained.Select(
                (explained, sample) =>
                    $"sample {sample}: explained output {Number(explained)}, sum of relevance "
                    + Number(result.Sums[sample])
            )
            .ToList();
        foreach (var input in result.Inputs.Where(input => input.Ids is not null))
        {
            using var scope = NewDisposeScope();
            var tokens = Numbers(input.Relevance.sum(-1));
            lines.AddRange(Ids(input)!.Zip(tokens).Select(pair => $"token {pair.First}: {Number(pair.Second)}"));
        }

        return string.Join('\n', lines) + "\n";
    }

    /// <summary>All numbers; relevance in the order of its entries, the last dimension first.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                result.Explained,
                result.Sums,
                result.CompletenessErrors,
                Inputs = result.Inputs.Select(input => new
                {
                    input.Name,
                    input.Relevance.shape,
                    Relevance = Numbers(input.Relevance),
                    Ids = Ids(input),
                }),
            },
            Options
        );

    private static IReadOnlyList<Picture> Heatmaps(InputRelevance input)
    {
        using var scope = NewDisposeScope();
        var maps = Maps(input);
        var longest = Math.Max(maps.shape[^1], maps.shape[^2]);
        return Heatmap.RenderBatch(
            maps,
            new HeatmapOptions { PixelSize = (int)Math.Clamp(UsualSide / longest, 1, LargestSquare) }
        );
    }

    /// <summary>(samples, rows, columns) or (samples, channels, rows, columns).</summary>
    private static Tensor Maps(InputRelevance input)
    {
        var relevance = input.Ids is null ? input.Relevance.detach() : input.Relevance.detach().sum(-1);
        var shape = relevance.shape;
        var hasChannelsLast = shape is [_, > 4, _, 1 or 3];
        return shape.Length switch
        {
            1 => relevance.reshape(-1, 1, 1),
            2 => relevance.unsqueeze(1),
            3 => relevance,
            4 => hasChannelsLast ? relevance.permute(0, 3, 1, 2) : relevance,
            _ => relevance.reshape(shape[0], shape[1], -1, shape[^1]),
        };
    }

    private static double[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).cpu().reshape(-1).data<double>().ToArray();
    }

    private static long[]? Ids(InputRelevance input)
    {
        using var scope = NewDisposeScope();
        return input.Ids?.to(ScalarType.Int64).cpu().reshape(-1).data<long>().ToArray();
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
