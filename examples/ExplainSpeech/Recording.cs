using NAudio.Wave;

namespace ExplainSpeech;

/// <summary>Reads sounds from WAV files.</summary>
internal static class Recording
{
    private const int MostSeconds = 60;

    /// <summary>Reads a sound.</summary>
    /// <param name="path">The path of a WAV file with 16000 samples a second, one channel, 16 bits.</param>
    /// <returns>The samples, from -1 to 1.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no WAV file, or has another rate, or is too long or short.
    /// </exception>
    public static double[] Load(string path)
    {
        using var file = File.OpenRead(path);
        using var reader = Open(file, path);
        var format = reader.WaveFormat;
        if (
            format
            is not { Encoding: WaveFormatEncoding.Pcm, SampleRate: SpeechNetwork.Rate, Channels: 1, BitsPerSample: 16 }
        )
        {
            throw new InvalidDataException(
                $"'{path}' has {format.SampleRate} samples a second, {format.Channels} channels and "
                    + $"{format.BitsPerSample} bits ({format.Encoding}), but must have {SpeechNetwork.Rate}, "
                    + "1 and 16 (Pcm); convert it, as by ffmpeg -i FILE -ar 16000 -ac 1 -c:a pcm_s16le NEW.wav."
            );
        }

        if (reader.SampleCount is < SpeechNetwork.Chunk or > MostSeconds * SpeechNetwork.Rate)
        {
            throw new InvalidDataException(
                $"'{path}' has {reader.SampleCount} samples; take a sound of {SpeechNetwork.Chunk} samples to "
                    + $"{MostSeconds} seconds."
            );
        }

        var samples = new float[reader.SampleCount];
        var provider = reader.ToSampleProvider();
        var read = 0;
        while (read < samples.Length)
        {
            var more = provider.Read(samples.AsSpan(read));
            if (more == 0)
            {
                throw new InvalidDataException($"'{path}' is cut off after {read} of {samples.Length} samples.");
            }

            read += more;
        }

        return [.. samples.Select(sample => (double)sample)];
    }

    private static WaveFileReader Open(FileStream file, string path)
    {
        try
        {
            return new WaveFileReader(file);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"'{path}' is no WAV file that can be read: {exception.Message}", exception);
        }
    }
}
