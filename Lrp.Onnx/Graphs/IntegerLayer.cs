namespace Lrp.Onnx.Graphs;

/// <summary>An input of whole numbers q with the scale s and the zero point z: it means s·(q − z).</summary>
/// <param name="Value">The position of q.</param>
/// <param name="Scale">The position of s.</param>
/// <param name="Zero">The position of z, which may be left out.</param>
/// <param name="Axis">The dimension that s and z have an entry for each place of.</param>
internal sealed record IntegerOperand(int Value, int Scale, int Zero, long Axis = 0);

/// <summary>A layer that takes and gives whole numbers, and the layer of numbers that it stands for.</summary>
/// <param name="Domain">The operator's domain.</param>
/// <param name="Name">The operator.</param>
/// <param name="Meant">The operator of numbers.</param>
/// <param name="Operands">Its inputs.</param>
/// <param name="Scale">The position of the result's scale; the zero point follows it.</param>
/// <param name="Bias">The position of a bias, whose scale is the product of the operands' scales; -1 for none.</param>
internal sealed record IntegerLayer(
    string Domain,
    string Name,
    string Meant,
    IntegerOperand[] Operands,
    int Scale,
    int Bias = -1
)
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    public const string Microsoft = "com.microsoft";

    private static readonly IntegerOperand[] One = [new(0, 1, 2)];
    private static readonly IntegerOperand[] Two = [new(0, 1, 2), new(3, 4, 5)];

    /// <summary>All layers.</summary>
    public static IReadOnlyList<IntegerLayer> All { get; } =
    [
        new("", "QLinearConv", "Conv", Two, 6, Bias: 8),
        new("", "QLinearMatMul", "MatMul", [new(0, 1, 2, -2), new(3, 4, 5, -1)], 6),
        new(Microsoft, "QLinearAdd", "Add", Two, 6),
        new(Microsoft, "QLinearMul", "Mul", Two, 6),
        new(Microsoft, "QLinearSigmoid", "Sigmoid", One, 3),
        new(Microsoft, "QLinearLeakyRelu", "LeakyRelu", One, 3),
        new(Microsoft, "QLinearSoftmax", "Softmax", One, 3),
        new(Microsoft, "QLinearReduceMean", "ReduceMean", One, 3),
        new(Microsoft, "QLinearAveragePool", "AveragePool", One, 3),
        new(Microsoft, "QLinearGlobalAveragePool", "GlobalAveragePool", One, 3),
    ];

    /// <summary>com.microsoft.QLinearConcat: the result's scale first, and then any number of values.</summary>
    /// <param name="inputs">The number of its inputs.</param>
    public static IntegerLayer Concat(int inputs) =>
        new(
            Microsoft,
            "QLinearConcat",
            "Concat",
            [
                .. Enumerable
                    .Range(0, (inputs - 2) / 3)
                    .Select(k => new IntegerOperand(2 + (3 * k), 3 + (3 * k), 4 + (3 * k))),
            ],
            0
        );

    /// <summary>How many inputs a node needs, and how many it takes.</summary>
    public (int Least, int Most) Inputs => (Scale + 1, Math.Max(Scale + 2, Bias + 1));

    /// <summary>The row of a node; null where it has none.</summary>
    public static IntegerLayer? Of(Node node) =>
        All.FirstOrDefault(layer => layer.Name == node.Operator && layer.Domain == node.Domain);
}
