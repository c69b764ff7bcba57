using Lrp.Checkpoints;
using static Lrp.Tests.Checkpoints.SafetensorsBytes;

namespace Lrp.Tests.Checkpoints;

/// <summary>What a damaged or hostile file meets: one sentence that names the entry, and no memory asked for.</summary>
[TestFixture]
public sealed class SafetensorsHeaderTests
{
    [Test]
    public void AnEmptyFileIsNamedAsSuch() => Refuses([], "begins with 8 bytes of header length");

    [Test]
    public void AHeaderLongerThanTheFormatAllowsIsRefusedBeforeItIsRead() =>
        Refuses(File(ulong.MaxValue, [], []), "claims a header of 18446744073709551615 bytes");

    [Test]
    public void AHeaderLongerThanTheFileIsRefused() =>
        Refuses(File(99_000_000, "{}"u8.ToArray(), []), "but only 2 follow");

    [Test]
    public void TextThatIsNoObjectIsRefused() => Refuses(File("[1, 2]"), "does not begin with '{'");

    [Test]
    public void BrokenJsonIsRefused() => Refuses(File("{\"a\": "), "not valid JSON");

    [Test]
    public void TextAfterTheObjectIsRefused() => Refuses(File("{} x"), "not valid JSON");

    [Test]
    public void JsonNestedWithoutEndIsRefused() =>
        Refuses(File("{\"a\":" + new string('[', 100_000)), "'a' in the safetensors header must be an object");

    [Test]
    public void BytesThatAreNoUtf8AreRefused() =>
        Refuses(
            File(8, [(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}'], []),
            "not valid UTF-8"
        );

    [Test]
    public void AStringThatIsNoTextIsRefused() => Refuses(File("{\"\\ud800\": {}}"), "not text");

    [Test]
    public void AnUnknownElementTypeIsRefused() =>
        Refuses(File("{" + Entry("w", "F31", "1", 0, 4) + "}", 4), "'w' has the unknown element type 'F31'");

    [Test]
    public void AnEntryTwiceIsRefused() =>
        Refuses(
            File("{" + Entry("w", "F32", "1", 0, 4) + "," + Entry("w", "F32", "1", 4, 8) + "}", 8),
            "contains 'w' twice"
        );

    [Test]
    public void APropertyTwiceIsRefused() =>
        Refuses(
            File("{\"w\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
            "'w' gives its dtype twice"
        );

    [Test]
    public void APropertyThatIsMissingIsNamed() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1), "'w' has no shape");

    [Test]
    public void AnUnknownPropertyIsRefused() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"size\":[1],\"data_offsets\":[0,1]}}", 1), "unknown property 'size'");

    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("99999999999999999999")]
    [TestCase("\"3\"")]
    [TestCase("null")]
    public void ADimensionThatIsNoSizeIsRefused(string dimension) =>
        Refuses(
            File("{" + Entry("w", "U8", dimension, 0, 1) + "}", 1),
            "'w.shape' in the safetensors header must be a list of whole numbers"
        );

    [Test]
    public void AShapeWhoseBytesCannotBeCountedIsRefused() =>
        Refuses(
            File("{" + Entry("w", "F64", "4294967296,4294967296", 0, 0) + "}"),
            "more bytes than a 64 bit number can count"
        );

    [Test]
    public void AHostileShapeIsRefusedBeforeMemoryIsAskedFor() =>
        Refuses(
            File("{" + Entry("w", "F32", "1000000000000", 0, 4_000_000_000_000) + "}", 4),
            "ends at byte 4000000000000 of the data, but the file has only 4"
        );

    [Test]
    public void OffsetsThatDisagreeWithTheShapeAreRefused() =>
        Refuses(File("{" + Entry("w", "F32", "2", 0, 4) + "}", 4), "needs 8 bytes, but its data_offsets [0, 4] hold 4");

    [Test]
    public void OffsetsThatRunBackwardsAreRefused() =>
        Refuses(File("{" + Entry("w", "U8", "1", 4, 3) + "}", 4), "a begin and an end that is not smaller");

    [Test]
    public void OffsetsOfOneNumberAreRefused() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1), "has the data_offsets [0]");

    [Test]
    public void TensorsThatOverlapAreRefused() =>
        Refuses(
            File("{" + Entry("a", "U8", "4", 0, 4) + "," + Entry("b", "U8", "4", 2, 6) + "}", 6),
            "'b' begins at byte 2 of the data, inside tensor 'a'"
        );

    [Test]
    public void AGapBetweenTensorsIsRefused() =>
        Refuses(
            File("{" + Entry("a", "U8", "2", 0, 2) + "," + Entry("b", "U8", "2", 4, 6) + "}", 6),
            "belong to no tensor"
        );

    [Test]
    public void BytesAfterTheLastTensorAreRefused() =>
        Refuses(File("{" + Entry("a", "U8", "2", 0, 2) + "}", 5), "3 bytes after tensor 'a'");

    [Test]
    public void AFileCutShortIsRefused() =>
        Refuses(File("{" + Entry("a", "F32", "4", 0, 16) + "}", 15), "cut short or damaged");

    [Test]
    public void MetadataThatIsNoTextIsRefused() =>
        Refuses(
            File("{\"__metadata__\":{\"epochs\":3}}"),
            "'__metadata__.epochs' in the safetensors header must be a string"
        );

    [Test]
    public void MetadataTwiceIsRefused() =>
        Refuses(File("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"), "metadata contains 'a' twice");

    [Test]
    public void SpacesAfterTheObjectAreWhatWritersPadWith()
    {
        using var file = SafetensorsFile.Open(File("{" + Entry("a", "U8", "2", 0, 2) + "}     ", 2));
        Assert.That(file.Names, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void AFileWithoutTensorsIsAFile()
    {
        using var file = SafetensorsFile.Open(File("{}"));
        Assert.That(file.Entries, Is.Empty);
    }

    [Test]
    public void RandomDamageIsRefusedOrReadButNeverACrash()
    {
        var whole = File(
            "{\"__metadata__\":{\"a\":\"1\"},"
                + Entry("a", "U8", "2", 0, 2)
                + ","
                + Entry("b", "F32", "2,1", 2, 10)
                + "}",
            10
        );
        var random = new Random(7);
        for (var i = 0; i < 5_000; i++)
        {
            byte[] damaged = [.. whole];
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                SafetensorsFile.Open(damaged.AsMemory(0, random.Next(whole.Length / 2, whole.Length + 1))).Dispose();
            }
            catch (SafetensorsException) { }
        }
    }

    private static void Refuses(byte[] file, string because)
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(file).Dispose());
        Assert.That(error!.Message, Does.Contain(because));

        // The three ways to open say the same.
        using var stream = new MemoryStream(file);
        Assert.That(
            () => SafetensorsFile.Open(stream),
            Throws.TypeOf<SafetensorsException>().With.Message.EqualTo(error.Message)
        );
    }
}
