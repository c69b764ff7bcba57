using Lrp.Composites;
using Lrp.Onnx;
using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>
/// Networks that files write in several ways have one explanation: the first line of each is the plainest.
/// </summary>
[TestFixture]
public sealed class SpellingTableTests : WrittenFiles
{
    private const string Centred =
        "ReduceMean h m axes=[-1];Sub h,m d;Mul d,d e;ReduceMean e u axes=[-1];Add u,eps ue;";

    private static readonly (string What, int Opset, string[] Spellings)[] Table =
    [
        (
            "ReLU",
            17,
            [
                "Relu h s",
                "Max zero,h s",
                "Greater h,zero c;Cast c d to=1;Mul h,d s",
                "Less h,zero c;Where c,zero,h s",
                "Abs h a;Add h,a t;Mul t,half s",
                "PRelu h,zero s",
            ]
        ),
        (
            "ReLU6",
            17,
            ["Clip h,zero,six s", "Max h,zero a;Min a,six s", "Min h,six a;Relu a s", "Relu h a;Clip a,_,six s"]
        ),
        (
            "hard sigmoid",
            17,
            [
                "HardSigmoid h s alpha=0.16666667f",
                "Add h,three a;Clip a,zero,six b;Div b,six s",
                "Add three,h a;Relu a r;Min r,six b;Mul b,sixth s",
            ]
        ),
        ("Mish", 18, ["Mish h s", "Softplus h p;Tanh p t;Mul h,t s", "Exp h e;Add e,one p;Log p l;Tanh l t;Mul t,h s"]),
        (
            "GELU",
            20,
            [
                "Gelu h s",
                "Mul h,root a;Erf a e;Add e,one p;Mul h,p k;Mul k,half s",
                "Mul h,root a;Erf a e;Mul e,half k;Add k,half p;Mul p,h s",
                "ms:Gelu h s",
            ]
        ),
        (
            "layer norm",
            17,
            [
                "LayerNormalization h,gamma,beta s epsilon=0.001f",
                Centred + "Sqrt ue r;Div d,r n;Mul n,gamma z;Add z,beta s",
                Centred + "Pow ue,minus_half i;Mul i,d n;Mul gamma,n z;Add beta,z s",
                Centred + "Sqrt ue r;Reciprocal r i;Mul i,gamma f;Mul h,f y1;Mul m,f y2;Sub beta,y2 y3;Add y1,y3 s",
            ]
        ),
        (
            "softmax",
            17,
            [
                "Softmax h s",
                "Exp h e;ReduceSum e,last t;Reciprocal t i;Mul e,i s",
                "ReduceMax h q axes=[-1];Sub h,q c;Exp c e;ReduceSum e,last t;Div e,t s",
            ]
        ),
        (
            "log softmax",
            17,
            [
                "LogSoftmax h s",
                "ReduceLogSumExp h t axes=[-1];Sub h,t s",
                "Exp h e;ReduceSum e,last t;Log t l;Sub h,l s",
            ]
        ),
        ("nothing", 17, ["Add h,h s", "Identity h i;Add i,h s", "Dropout h d,mask;Add h,d s"]),
    ];

    private static readonly (string What, string[] Spellings)[] Layers =
    [
        (
            "fully connected",
            [
                "Gemm x,w,bias h",
                "MatMul x,w m;Add bias,m h",
                "Gemm x,w m;Add m,bias h",
                "Gemm x,w,rows h",
                "Einsum x,w m equation=bi,ij;Add m,bias h",
                "ms:FusedMatMul x,w m;Add m,bias h",
                "Dropout x d;MatMul d,w m;Identity m i;Sum i,bias h",
            ]
        ),
        (
            "batch norm",
            [
                "Gemm x,w,bias m;BatchNormalization m,var,bias,bias,var h",
                "Gemm x,w,bias a;Unsqueeze a,two_ c;BatchNormalization c,var,bias,bias,var n;Squeeze n,two_ h",
                "Gemm x,w,bias m;Identity m i;BatchNormalization i,var,bias,bias,var h",
            ]
        ),
        (
            "another row for each sample",
            ["MatMul x,w m;Add m,other h", "Gemm x,w,other h", "Gemm x,w,halved h beta=2f"]
        ),
    ];

    private static IEnumerable<TestCaseData> Cases() =>
        Table
            .SelectMany(row =>
                row.Spellings.Skip(1).Select(each => (row.What, row.Opset, Body(row.Spellings[0]), Body(each), each))
            )
            .Concat(
                Layers.SelectMany(row =>
                    row.Spellings.Skip(1).Select(each => (row.What, 17, row.Spellings[0] + Rest, each + Rest, each))
                )
            )
            .Select(row => new TestCaseData(row.Item2, row.Item3, row.Item4).SetArgDisplayNames(row.What, row.each));

    private const string Rest = ";Relu h s;MatMul s,w2 y";

    private static string Body(string nodes) => $"Gemm x,w,bias h;{nodes};MatMul s,w2 y";

    [TestCaseSource(nameof(Cases))]
    public void TheExplanationIsThatOfThePlainestSpelling(int opset, string plain, string spelling)
    {
        AssertVerified(File(opset, spelling), randn(2, 4));
        var x = randn([2, 4], ScalarType.Float64);
        foreach (
            var preset in new Func<Composite>[]
            {
                () => OnnxPresets.AttnLrp(),
                () => Presets.EpsilonPlus(),
                () => Presets.EpsilonPlusFlat(),
                () => Presets.GuidedBackprop(),
            }
        )
        {
            var expected = Explained(File(opset, plain), x, preset());
            var scale = expected.abs().max().item<double>();
            AssertClose(Explained(File(opset, spelling), x, preset()), expected, 1e-6 * Math.Max(scale, 1));
        }
    }

    private OnnxWriter File(int opset, string nodes)
    {
        manual_seed(5);
        var file = new OnnxWriter(opset)
            .Input("x", 1, 2, 4)
            .Tensor("w", Random(12), 4, 3)
            .Tensor("w2", Random(6), 3, 2);
        var (bias, other) = (Random(3), Random(6));
        file.Tensor("bias", bias, 3)
            .Tensor("rows", [.. bias, .. bias], 2, 3)
            .Tensor("var", Values(rand(3).add(0.5)), 3);
        file.Tensor("other", other, 2, 3).Tensor("halved", [.. other.Select(value => value / 2)], 2, 3);
        file.Tensor("gamma", Random(3), 3)
            .Tensor("beta", Random(3), 3)
            .Tensor("last", [-1L], 1)
            .Tensor("two_", [2L], 1);
        foreach (
            var (name, value) in new[]
            {
                ("zero", 0f),
                ("half", 0.5f),
                ("one", 1f),
                ("three", 3f),
                ("six", 6f),
                ("sixth", 1 / 6f),
                ("root", MathF.Sqrt(0.5f)),
                ("eps", 1e-3f),
                ("minus_half", -0.5f),
            }
        )
        {
            file.Tensor(name, [value]);
        }

        return Nodes(file, nodes).Output("y");
    }
}
