using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// acd's text model: embedding, LSTM, a linear layer on the last hidden state. Token numbers come as (time, batch).
/// </summary>
internal sealed class TextLstm : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "embed")]
    private readonly Embedding _embed;

    [ComponentName(Name = "lstm")]
    private readonly LSTM _lstm;

    [ComponentName(Name = "hidden_to_label")]
    private readonly Linear _hidden_to_label;

    public TextLstm(long vocabulary, long embedding, long hidden, long classes)
        : base(nameof(TextLstm))
    {
        _embed = nn.Embedding(vocabulary, embedding);
        _lstm = nn.LSTM(embedding, hidden);
        _hidden_to_label = nn.Linear(hidden, classes);
        RegisterComponents();
    }

    public Linear Label => _hidden_to_label;

    public static TextLstm Load(GoldenCase golden)
    {
        var sizes = golden.Descriptor.GetProperty("module");
        long Size(string name) => sizes.GetProperty(name).GetInt64();
        var model = new TextLstm(Size("vocabulary"), Size("embedding"), Size("hidden"), Size("classes"));
        ModuleBuilder.Load(model, golden.ReadAll("module"));
        return model;
    }

    public override Tensor forward(Tensor tokens)
    {
        var (output, _, _) = _lstm.call(_embed.call(tokens));
        return _hidden_to_label.call(output[-1]);
    }
}
