using OnnxFiles;

namespace Lrp.Tests.Onnx;

/// <summary>
/// Small networks of whole numbers. Weights have 7 bits: on processors without VNNI, ONNX Runtime's products of bytes
/// and of 8 bit weights saturate.
/// </summary>
internal static class QuantizedFiles
{
    private const string Microsoft = "com.microsoft";
    private static readonly long[] Around = [1, 1, 1, 1];
    private static readonly long[] Two = [2, 2];

    /// <summary>Scales in the file, as in files of static quantisation: (1, 2, 4, 4) to (1, 3).</summary>
    public static OnnxWriter Static()
    {
        var file = new OnnxWriter(13).Input("x", 1, -1, 2, 4, 4);
        Scale(file, "x", 0.01f, 100);
        Scale(file, "conv", 0.004f, 128);
        Scale(file, "gate", 1 / 256f, 0);
        Scale(file, "product", 0.003f, 120);
        Scale(file, "sum", 0.007f, 121);
        Scale(file, "mean", 0.002f, 60);
        Scale(file, "scores", 0.0005f, 100);
        return file.Node("QuantizeLinear", "x x_s x_z", "x_q")
            .Tensor("w", Weights(4 * 2 * 9, 1), 4, 2, 3, 3)
            .Tensor("w_s", [0.001f, 0.002f, 0.0015f, 0.003f], 4)
            .Tensor("w_z", new sbyte[4], 4)
            .Tensor("b", [1000, -2000, 300, -40], 4)
            .Node("QLinearConv", "x_q x_s x_z w w_s w_z conv_s conv_z b", "conv_q", "", ("pads", Around))
            .Node("MaxPool", "conv_q", "pool_q", "", ("kernel_shape", Two), ("strides", Two))
            .Node("QLinearSigmoid", "pool_q conv_s conv_z gate_s gate_z", "gate_q", Microsoft)
            .Node("QLinearMul", "pool_q conv_s conv_z gate_q gate_s gate_z product_s product_z", "product_q", Microsoft)
            .Node("QLinearAdd", "pool_q conv_s conv_z product_q product_s product_z sum_s sum_z", "sum_q", Microsoft)
            .Node("QLinearGlobalAveragePool", "sum_q sum_s sum_z mean_s mean_z", "mean_q", Microsoft)
            .Node("Flatten", "mean_q", "flat_q")
            .Tensor("v", Weights(4 * 3, 5), 4, 3)
            .Tensor("v_s", [0.002f])
            .Tensor("v_z", new sbyte[] { 3 })
            .Node("QLinearMatMul", "flat_q mean_s mean_z v v_s v_z scores_s scores_z", "scores_q")
            .Node("DequantizeLinear", "scores_q scores_s scores_z", "scores")
            .Output("scores");
    }

    /// <summary>The scale of x computed from x, as in files of dynamic quantisation: (1, 2, 4, 4) to (1, 3).</summary>
    public static OnnxWriter Dynamic()
    {
        var file = new OnnxWriter(13).Input("x", 1, -1, 2, 4, 4).Node("DynamicQuantizeLinear", "x", "x_q x_s x_z");
        Factor(file, "w", Weights(4 * 2 * 9, 1), 0.01f, 3, 4, 2, 3, 3);
        file.Node("ConvInteger", "x_q w x_z w_z", "conv_i", "", ("pads", Around));
        Scaled(file, "conv", "x");
        file.Tensor("b", [0.5f, -1, 0.25f, 0], 1, 4, 1, 1)
            .Node("Add", "conv b", "biased")
            .Node("Relu", "biased", "relu")
            .Node("GlobalAveragePool", "relu", "mean")
            .Node("Flatten", "mean", "flat")
            .Node("DynamicQuantizeLinear", "flat", "flat_q flat_s flat_z");
        Factor(file, "v", Weights(4 * 3, 5), 0.02f, -2, 4, 3);
        file.Node("MatMulInteger", "flat_q v flat_z v_z", "scores_i");
        Scaled(file, "scores", "flat");
        return file.Output("scores");

        static void Scaled(OnnxWriter file, string name, string input) =>
            file.Node("Cast", $"{name}_i", $"{name}_f", "", ("to", 1L))
                .Node("Mul", $"{input}_s {(name == "conv" ? "w" : "v")}_s", $"{name}_s")
                .Node("Mul", $"{name}_f {name}_s", name);
    }

    /// <summary>A product of two computed matrices, each with a scale of its own: (1, 3, 4) to (1, 3, 3).</summary>
    public static OnnxWriter DynamicProduct() =>
        new OnnxWriter(13)
            .Input("x", 1, -1, 3, 4)
            .Node("Transpose", "x", "t", "", ("perm", new long[] { 0, 2, 1 }))
            .Node("DynamicQuantizeLinear", "x", "x_q x_s x_z")
            .Node("DynamicQuantizeLinear", "t", "t_q t_s t_z")
            .Node("MatMulInteger", "x_q t_q x_z t_z", "y_i")
            .Node("Cast", "y_i", "y_f", "", ("to", 1L))
            .Node("Mul", "t_s x_s", "y_s")
            .Node("Mul", "y_s y_f", "y")
            .Output("y");

    /// <summary>ONNX Runtime's own operators of dynamic quantisation: (1, 3, 4) to (1, 3, 6).</summary>
    public static OnnxWriter Fused()
    {
        var file = new OnnxWriter(13).Input("x", 1, -1, 3, 4);
        Factor(file, "w", Weights(4 * 3, 1), 0.01f, 3, 4, 3);
        Factor(file, "v", Weights(4 * 3, 4), 0.02f, -2, 4, 3);
        Scale(file, "one", 0.02f, 128);
        Scale(file, "both", 0.03f, 120);
        return file.Tensor("b", [0.5f, -0.25f, 0.125f], 3)
            .Node("DynamicQuantizeMatMul", "x w w_s w_z b", "first", Microsoft)
            .Node("DynamicQuantizeLinear", "x", "x_q x_s x_z")
            .Node("MatMulIntegerToFloat", "x_q v x_s v_s x_z v_z b", "second", Microsoft)
            .Node("QuantizeLinear", "first one_s one_z", "first_q")
            .Node("QuantizeLinear", "second one_s one_z", "second_q")
            .Node(
                "QLinearConcat",
                "both_s both_z first_q one_s one_z second_q one_s one_z",
                "both_q",
                Microsoft,
                ("axis", 2L)
            )
            .Node("DequantizeLinear", "both_q both_s both_z", "y")
            .Output("y");
    }

    /// <summary>ConvInteger, and the convolution that it stands for: (1, 1, 16, 16) to (1, 3).</summary>
    public static (OnnxWriter Quantized, OnnxWriter Meant) Convolutions()
    {
        const float Scale = 0.25f;
        var weights = Weights(3 * 9, 2);
        var quantized = new OnnxWriter(13).Input("x", 1, -1, 1, 16, 16);
        quantized.Node("DynamicQuantizeLinear", "x", "x_q x_s x_z");
        Factor(quantized, "w", weights, Scale, 3, 3, 1, 3, 3);
        quantized
            .Node("ConvInteger", "x_q w x_z w_z", "conv_i", "", ("strides", Two))
            .Node("Cast", "conv_i", "conv_f", "", ("to", 1L))
            .Node("Mul", "x_s w_s", "conv_s")
            .Node("Mul", "conv_f conv_s", "conv");
        var meant = new OnnxWriter(13)
            .Input("x", 1, -1, 1, 16, 16)
            .Tensor("w", Array.ConvertAll(weights, q => Scale * (q - 3)), 3, 1, 3, 3)
            .Node("Conv", "x w", "conv", "", ("strides", Two));
        return (Scores(quantized), Scores(meant));

        static OnnxWriter Scores(OnnxWriter file) =>
            file.Node("Relu", "conv", "relu")
                .Node("GlobalAveragePool", "relu", "mean")
                .Node("Flatten", "mean", "y")
                .Output("y");
    }

    private static void Scale(OnnxWriter file, string name, float scale, byte zero) =>
        file.Tensor($"{name}_s", [scale]).Tensor($"{name}_z", [zero]);

    private static void Factor(
        OnnxWriter file,
        string name,
        sbyte[] values,
        float scale,
        sbyte zero,
        params long[] shape
    ) => file.Tensor(name, values, shape).Tensor($"{name}_s", [scale]).Tensor($"{name}_z", [zero]);

    private static sbyte[] Weights(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(k => (sbyte)((((k * 37) + (seed * 11)) % 127) - 63))];
}
