using System.CommandLine;
using Lrp.Cli.Natives;
using Lrp.Onnx;
using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp verify</c>: an ONNX file here and in ONNX Runtime.</summary>
internal static class VerifyCommand
{
    private const int Differs = 1;
    private const double Tolerance = 1e-4;

    public static Command Create(Terminal terminal)
    {
        var path = SharedOptions.File("The ONNX file");
        Option<bool> every = new("--every-value")
        {
            Description = "Compare what each module computes, not only the outputs",
        };
        Option<double> tolerance = new("--tolerance")
        {
            Description = "The largest difference, as a part of the largest entry",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => Tolerance,
        };
        Option<long> size = new("--size")
        {
            Description = "The size of dimensions that the file leaves open",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        SharedOptions.Limit(size, number => number >= 1, "at least 1");
        SharedOptions.Limit(tolerance, number => number >= 0 && double.IsFinite(number), "a number from 0 up");
        var json = SharedOptions.Json();
        var command = new Command(
            "verify",
            "Runs an ONNX file here and in ONNX Runtime on the same random input, and compares. The exit code is 1 "
                + "where they differ."
        )
        {
            path,
            every,
            tolerance,
            size,
            json,
        };
        command.SetAction(given =>
        {
            var file = given.GetRequiredValue(path);
            _ = OnnxFile.Read(file); // refuses what is no ONNX file before anything is fetched
            NativePackages.LibTorch.Provide(terminal);
            using var scope = NewDisposeScope();
            using var model = OnnxModel.Load(file);
            NativePackages.OnnxRuntime.Provide(terminal);
            manual_seed(1);
            var inputs = model.Inputs.Select(input => Random(input, given.GetValue(size))).ToList();
            var differences = terminal.Run("comparing", _ => model.Verify(inputs, given.GetValue(every)));
            return Report(terminal, differences, given.GetValue(tolerance), given.GetValue(json));
        });
        return command;
    }

    private static Tensor Random(OnnxValue input, long size)
    {
        var shape = input.Shape?.Select(entry => entry < 0 ? size : entry).ToArray() ?? [size];
        return input.ScalarType switch
        {
            ScalarType.Float32 or ScalarType.Float64 => randn(shape, dtype: input.ScalarType),
            ScalarType.Bool => ones(shape, dtype: ScalarType.Bool),
            { } type => ones(shape, dtype: type),
            null => throw new BadInputException(
                $"The input '{input.Name}' is of the type {input.Type}, for which there is no tensor."
            ),
        };
    }

    private static int Report(
        Terminal terminal,
        IReadOnlyList<OnnxDifference> differences,
        double tolerance,
        bool isJson
    )
    {
        var agrees = differences.All(difference => difference.Relative <= tolerance);
        if (isJson)
        {
            terminal.WriteJson(
                new
                {
                    Agrees = agrees,
                    Tolerance = tolerance,
                    Differences = differences,
                }
            );
        }
        else
        {
            terminal.Write(
                new ReportTable(
                    string.Empty,
                    ["value", "largest difference", "largest entry", "relative"],
                    [.. differences.Select(Row)],
                    agrees ? $"All agree within {tolerance:G2}." : $"Some differ by more than {tolerance:G2}."
                ),
                numbersFrom: 1
            );
        }

        return agrees ? 0 : Differs;
    }

    private static IReadOnlyList<string> Row(OnnxDifference difference) =>
        [difference.Value, $"{difference.Largest:G3}", $"{difference.Scale:G3}", $"{difference.Relative:G3}"];
}
