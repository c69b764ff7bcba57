using Lrp.Checkpoints;

namespace Lrp.Tests.Examples;

/// <summary>The trainer of the digits, on small data: every class is a bright square in a place of its own.</summary>
[TestFixture]
public sealed class TrainDigitsTests
{
    private const int Side = 28;

    [Test]
    public void WeightsAndTestDigitsAreWritten()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "train", 400);
        Write(folder, "t10k", 100);
        var run = ProgramRun.Of("TrainDigits", folder.Path, folder.Path, "--epochs", "12", "--out", "trained");
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(
            run.Output,
            Does.StartWith("400 digits to learn from, 100 to test with")
                .And.Contain("epoch 12: loss")
                .And.Not.Contain('\u001b')
        );
        using var weights = SafetensorsFile.Open(folder.Of("trained", "digits-network.safetensors"));
        Assert.That(weights.Metadata["epochs"], Is.EqualTo("12"));
        using var digits = SafetensorsFile.Open(folder.Of("trained", "test-digits.safetensors"));
        Assert.That(digits.Entry("images").Shape, Is.EqualTo(new[] { 100, Side, Side }));
    }

    [Test]
    public void WhatIsMissingOrWrongIsSaid()
    {
        using var folder = new TemporaryFolder();
        Refused(folder, "FOLDER");
        Refused(folder, "train-images-idx3-ubyte", "data");
        Write(folder, "train", 10);
        Refused(folder, "t10k-images-idx3-ubyte", folder.Path);
        Write(folder, "t10k", 10);
        Refused(folder, "--epochs", folder.Path, "--epochs", "0");
        Refused(folder, "many", folder.Path, "--epochs", "many");
        WriteIdx(folder.Of("t10k-labels-idx1-ubyte"), [9], new byte[9]);
        Refused(folder, "t10k", folder.Path);
    }

    private static void Refused(TemporaryFolder folder, string named, params string[] arguments) =>
        ArgumentTests.Refused(ProgramRun.Of("TrainDigits", folder.Path, [.. arguments, "--out", "trained"]), named);

    private static void Write(TemporaryFolder folder, string prefix, int count)
    {
        var images = new byte[count * Side * Side];
        for (var i = 0; i < count; i++)
        {
            int top = 2 + 12 * (i % 10 / 5),
                left = 1 + 5 * (i % 5);
            for (var pixel = 0; pixel < 36; pixel++)
            {
                images[((i * Side) + top + (pixel / 6)) * Side + left + (pixel % 6)] = 255;
            }
        }

        WriteIdx(folder.Of(prefix + "-images-idx3-ubyte"), [count, Side, Side], images);
        WriteIdx(
            folder.Of(prefix + "-labels-idx1-ubyte"),
            [count],
            [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]
        );
    }

    private static void WriteIdx(string path, int[] shape, byte[] bytes) =>
        File.WriteAllBytes(
            path,
            [
                0,
                0,
                8,
                (byte)shape.Length,
                .. shape.SelectMany(size => new byte[] { 0, 0, (byte)(size >> 8), (byte)size }),
                .. bytes,
            ]
        );
}
