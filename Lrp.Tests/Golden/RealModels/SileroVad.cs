using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden.RealModels;

/// <summary>
/// Silero's voice activity detector for 16 kHz: chunks of 512 samples, each with the 64 before it, go through a Fourier
/// transform, four convolutions and one step of an LSTM.
/// </summary>
internal sealed class SileroVad : nn.Module<Tensor, Tensor>
{
    private const int Chunk = 512;
    private const int Context = 64;
    private const int Frequencies = 129;

    private readonly Conv1d _stft_conv = nn.Conv1d(1, 2 * Frequencies, 256, stride: 128, bias: false);
    private readonly Conv1d _conv1 = nn.Conv1d(Frequencies, 128, 3, padding: 1);
    private readonly Conv1d _conv2 = nn.Conv1d(128, 64, 3, stride: 2, padding: 1);
    private readonly Conv1d _conv3 = nn.Conv1d(64, 64, 3, stride: 2, padding: 1);
    private readonly Conv1d _conv4 = nn.Conv1d(64, 128, 3, padding: 1);
    private readonly LSTMCell _lstm_cell = nn.LSTMCell(128, 128);
    private readonly Conv1d _final_conv = nn.Conv1d(128, 1, 1);

    public SileroVad()
        : base(nameof(SileroVad)) => RegisterComponents();

    /// <summary>The logit of each chunk.</summary>
    /// <param name="input">1 × (64 + 512 · chunks).</param>
    /// <returns>1 × chunks.</returns>
    public override Tensor forward(Tensor input)
    {
        var nothing = zeros(1, 128, input.dtype);
        var (hidden, cell) = (nothing, nothing);
        var logits = new List<Tensor>();
        for (long end = Context + Chunk; end <= input.shape[1]; end += Chunk)
        {
            var x = nn.functional.pad(
                input.narrow(1, end - Context - Chunk, Context + Chunk).unsqueeze(1),
                [0, 64],
                PaddingModes.Reflect
            );
            var spectrum = _stft_conv.call(x);
            var (real, imaginary) = (spectrum[.., ..Frequencies], spectrum[.., Frequencies..]);
            x = (real.pow(2) + imaginary.pow(2)).sqrt();
            foreach (var layer in new[] { _conv1, _conv2, _conv3, _conv4 })
            {
                x = layer.call(x).relu();
            }

            (hidden, cell) = _lstm_cell.call(x.squeeze(-1), (hidden, cell));
            logits.Add(_final_conv.call(hidden.relu().unsqueeze(-1)).squeeze(-1));
        }

        return cat(logits, 1);
    }
}
