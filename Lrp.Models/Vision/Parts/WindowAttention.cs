using Lrp.Core;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>
/// Attention within the windows of an image, with a bias for the distance of two positions: windows × positions ×
/// features to the same shape. The names are torchvision's; it has none for projections that are separate.
/// </summary>
internal sealed class WindowAttention : nn.Module<Tensor, Tensor?, Tensor>, INeedsNoInterception
{
    private readonly long _heads;

    [ComponentName(Name = "relative_position_bias_table")]
    private readonly Parameter _table;

    [ComponentName(Name = "relative_position_index")]
    private readonly Tensor _index;

    [ComponentName(Name = "qkv")]
    private readonly OwnProjection? _project;

    [ComponentName(Name = "query")]
    private readonly Linear? _query;

    [ComponentName(Name = "key")]
    private readonly Linear? _key;

    [ComponentName(Name = "value")]
    private readonly Linear? _value;

    [ComponentName(Name = "proj")]
    private readonly nn.Module<Tensor, Tensor> _join;

    [ComponentName(Name = "attention")]
    private readonly HeadAttention _attention;

    /// <param name="features">Of a position.</param>
    /// <param name="heads">Of attention.</param>
    /// <param name="options">The size of a window, and the kind of the projections.</param>
    public WindowAttention(long features, long heads, WindowOptions options)
        : base(nameof(WindowAttention))
    {
        _heads = heads;
        var (height, width) = (options.Height, options.Width);
        _table = new Parameter(nn.init.normal_(empty((2 * height - 1) * (2 * width - 1), heads), 0, 0.02));
        _index = RelativePositions(height, width);
        if (options.SeparateProjections)
        {
            _query = nn.Linear(features, features, options.ProjectionBias);
            _key = nn.Linear(features, features, options.ProjectionBias);
            _value = nn.Linear(features, features, options.ProjectionBias);
            _join = nn.Linear(features, features);
        }
        else
        {
            _project = new OwnProjection(features, 3 * features);
            _join = new OwnProjection(features, features);
        }

        _attention = new HeadAttention(features / heads, biased: true);
        RegisterComponents();
    }

    /// <param name="input1">Samples · windows × positions × features.</param>
    /// <param name="input2">Windows × positions × positions, added to the scores; null for nothing.</param>
    /// <returns>Of the shape of the input.</returns>
    public override Tensor forward(Tensor input1, Tensor? input2)
    {
        var (query, key, value) = Projected(input1);
        var positions = input1.shape[1];
        var bias = _table.index_select(0, _index).reshape(positions, positions, _heads).permute(2, 0, 1).unsqueeze(0);
        var attended = _attention.call(
            HeadShapes.Split(query, _heads),
            HeadShapes.Split(key, _heads),
            HeadShapes.Split(value, _heads),
            input2 is null ? bias : bias.add(input2.unsqueeze(1))
        );
        return _join.call(HeadShapes.Joined(attended));
    }

    private (Tensor Query, Tensor Key, Tensor Value) Projected(Tensor input)
    {
        if (_project is null)
        {
            return (_query!.call(input), _key!.call(input), _value!.call(input));
        }

        var parts = _project.call(input).chunk(3, -1);
        return (parts[0], parts[1], parts[2]);
    }

    /// <summary>The row of the table for each pair of positions: their distance in rows and in columns.</summary>
    private static Tensor RelativePositions(long height, long width)
    {
        var positions = height * width;
        var rows = new long[positions * positions];
        for (var from = 0L; from < positions; from++)
        {
            for (var to = 0L; to < positions; to++)
            {
                var down = from / width - to / width + height - 1;
                var across = from % width - to % width + width - 1;
                rows[from * positions + to] = down * (2 * width - 1) + across;
            }
        }

        return tensor(rows);
    }
}
