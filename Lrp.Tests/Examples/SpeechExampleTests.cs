using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lrp.Tests.Examples;

/// <summary>The example that hears speech.</summary>
[TestFixture]
public sealed partial class SpeechExampleTests
{
    [Test]
    public void SyllablesAreHeardAndSilenceAndNoiseAreNot()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("ExplainSpeech", folder.Path, "--out", ".");
        Assert.That(run.ExitCode, Is.Zero, run.Error);

        // The made sound has its three syllables from 0.5 s to 1.25 s.
        var speech = Heard().Matches(run.Output);
        Assert.That(speech, Is.Not.Empty, run.Output);
        Assert.That(Seconds(speech[0].Groups[1]), Is.EqualTo(0.5).Within(0.1), run.Output);
        Assert.That(Seconds(speech[^1].Groups[2]), Is.EqualTo(1.25).Within(0.1), run.Output);
        Assert.That(File.Exists(folder.Of("explain-speech.png")));
        Assert.That(File.ReadAllText(folder.Of("explain-speech.html")), Does.Contain("hertz"));
    }

    [Test]
    public void ASoundOfOnesOwnIsHeardToItsEnd()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Of("tone.wav"), Wav(16000, 8000));
        var run = ProgramRun.Of("ExplainSpeech", folder.Path, "--sound", "tone.wav");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("| 0.51 s |"), "Sixteen chunks of 32 ms, the last one filled up.");
    }

    [Test]
    public void WhatIsMissingOrNoSoundOfItsRateIsRefusedInOneSentence()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("text.wav"), "This is a text.");
        File.WriteAllBytes(folder.Of("rate.wav"), Wav(44100, 8000));
        File.WriteAllBytes(folder.Of("short.wav"), Wav(16000, 100));
        Refused("silero_vad_16k.safetensors", ".");
        Refused("'text.wav' is no WAV file", "--sound", "text.wav");
        Refused("'rate.wav' has 44100 samples a second", "--sound", "rate.wav");
        Refused("'short.wav' has 100 samples", "--sound", "short.wav");
        Refused("none.wav", "--sound", "none.wav");

        void Refused(string named, params string[] arguments) =>
            ArgumentTests.Refused(ProgramRun.Of("ExplainSpeech", folder.Path, arguments), named);
    }

    private static double Seconds(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    /// <summary>A tone of 440 Hz as a WAV file of one channel and 16 bits.</summary>
    private static byte[] Wav(int rate, int count)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.ASCII);
        writer.Write("RIFF"u8);
        writer.Write(36 + (2 * count));
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(rate);
        writer.Write(2 * rate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * count);
        for (var i = 0; i < count; i++)
        {
            writer.Write((short)(10000 * Math.Sin(2 * Math.PI * 440 * i / rate)));
        }

        return bytes.ToArray();
    }

    [GeneratedRegex(@"\| (\d\.\d\d) s +\| (\d\.\d\d) s +\| speech")]
    private static partial Regex Heard();
}
