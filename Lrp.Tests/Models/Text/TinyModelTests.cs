using Lrp.Models;
using Lrp.Tests.Examples;

namespace Lrp.Tests.Models.Text;

/// <summary>Tests that share one small LLaMA.</summary>
public abstract class TinyModelTests
{
    private TemporaryFolder _folder = null!;

    protected LanguageModel Model { get; private set; } = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        Model = TinyModel.Load(_folder.Path);
    }

    [OneTimeTearDown]
    public void Free()
    {
        Model.Dispose();
        _folder.Dispose();
    }
}
