using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>acd's text model: embedding, LSTM, a linear layer on the last hidden state. Token numbers come as (time, batch).</summary>
internal sealed class TextLstm : nn.Module<Tensor, Tensor>
{
    private readonly Embedding embed;
    private readonly LSTM lstm;
    private readonly Linear hidden_to_label;

    public TextLstm(long vocabulary, long embedding, long hidden, long classes)
        : base(nameof(TextLstm))
    {
        embed = nn.Embedding(vocabulary, embedding);
        lstm = nn.LSTM(embedding, hidden);
        hidden_to_label = nn.Linear(hidden, classes);
        RegisterComponents();
    }

    public Linear Label => hidden_to_label;

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
        var (output, _, _) = lstm.call(embed.call(tokens));
        return hidden_to_label.call(output[-1]);
    }
}
