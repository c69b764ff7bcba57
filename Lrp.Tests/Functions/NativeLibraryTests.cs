using Lrp.Core.Functions;

namespace Lrp.Tests.FunctionRules;

public class NativeLibraryTests
{
    [Test]
    public void AMissingLibraryIsNamedWithWhatToDo()
    {
        var reason = NativeDispatch.Load(["/nowhere/liblrp_dispatch.so"]);
        Assert.That(reason, Is.InstanceOf<string>()
            .With.Contains("/nowhere/liblrp_dispatch.so").And.Contains("cmake").And.Contains("LRP_NATIVE").And.Contains("Relevance.*"));
    }

    [Test]
    public void AFileThatIsNoLibraryIsNamed()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "no library");
            Assert.That(NativeDispatch.Load([path]), Is.InstanceOf<string>().With.Contains("cannot be loaded"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
