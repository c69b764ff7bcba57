using System.Text;
using Lrp.Checkpoints;
using static Lrp.Tests.Safetensors.SafetensorsBytes;

namespace Lrp.Tests.Safetensors;

/// <summary>What a damaged or hostile file meets: one sentence that names the entry, and no memory asked for.</summary>
[TestFixture]
public sealed class SafetensorsHeaderTests
{
    [Test]
    public void An_empty_file_is_named_as_such() => Refuses([], "begins with 8 bytes of header length");

    [Test]
    public void A_header_longer_than_the_format_allows_is_refused_before_it_is_read() =>
        Refuses(File(ulong.MaxValue, [], []), "claims a header of 18446744073709551615 bytes");

    [Test]
    public void A_header_longer_than_the_file_is_refused() =>
        Refuses(File(99_000_000, "{}"u8.ToArray(), []), "but only 2 follow");

    [Test]
    public void Text_that_is_no_object_is_refused() => Refuses(File("[1, 2]"), "does not begin with '{'");

    [Test]
    public void Broken_json_is_refused() => Refuses(File("{\"a\": "), "not valid JSON");

    [Test]
    public void Text_after_the_object_is_refused() => Refuses(File("{} x"), "not valid JSON");

    [Test]
    public void Json_nested_without_end_is_refused() =>
        Refuses(File("{\"a\":" + new string('[', 100_000)), "'a' in the safetensors header must be an object");

    [Test]
    public void Bytes_that_are_no_utf8_are_refused() =>
        Refuses(File(8, [(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}'], []), "not valid UTF-8");

    [Test]
    public void A_string_that_is_no_text_is_refused() => Refuses(File("{\"\\ud800\": {}}"), "no text");

    [Test]
    public void An_unknown_element_type_is_refused() =>
        Refuses(File("{" + Entry("w", "F31", "1", 0, 4) + "}", 4), "'w' has the unknown element type 'F31'");

    [Test]
    public void An_entry_twice_is_refused() =>
        Refuses(File("{" + Entry("w", "F32", "1", 0, 4) + "," + Entry("w", "F32", "1", 4, 8) + "}", 8), "names 'w' twice");

    [Test]
    public void A_property_twice_is_refused() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1), "'w' gives its dtype twice");

    [Test]
    public void A_property_that_is_missing_is_named() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1), "'w' has no shape");

    [Test]
    public void An_unknown_property_is_refused() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"size\":[1],\"data_offsets\":[0,1]}}", 1), "unknown property 'size'");

    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("99999999999999999999")]
    [TestCase("\"3\"")]
    [TestCase("null")]
    public void A_dimension_that_is_no_size_is_refused(string dimension) =>
        Refuses(File("{" + Entry("w", "U8", dimension, 0, 1) + "}", 1), "'w.shape' in the safetensors header must be a list of whole numbers");

    [Test]
    public void A_shape_whose_bytes_cannot_be_counted_is_refused() =>
        Refuses(File("{" + Entry("w", "F64", "4294967296,4294967296", 0, 0) + "}"), "more bytes than a 64 bit number can count");

    [Test]
    public void A_hostile_shape_is_refused_before_memory_is_asked_for() =>
        Refuses(File("{" + Entry("w", "F32", "1000000000000", 0, 4_000_000_000_000) + "}", 4), "ends at byte 4000000000000 of the data, but the file has only 4");

    [Test]
    public void Offsets_that_disagree_with_the_shape_are_refused() =>
        Refuses(File("{" + Entry("w", "F32", "2", 0, 4) + "}", 4), "needs 8 bytes, but its data_offsets [0, 4] hold 4");

    [Test]
    public void Offsets_that_run_backwards_are_refused() =>
        Refuses(File("{" + Entry("w", "U8", "1", 4, 3) + "}", 4), "a begin and an end not before it");

    [Test]
    public void Offsets_of_one_number_are_refused() =>
        Refuses(File("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1), "has the data_offsets [0]");

    [Test]
    public void Tensors_that_overlap_are_refused() =>
        Refuses(File("{" + Entry("a", "U8", "4", 0, 4) + "," + Entry("b", "U8", "4", 2, 6) + "}", 6), "'b' begins at byte 2 of the data, inside tensor 'a'");

    [Test]
    public void A_gap_between_tensors_is_refused() =>
        Refuses(File("{" + Entry("a", "U8", "2", 0, 2) + "," + Entry("b", "U8", "2", 4, 6) + "}", 6), "belong to no tensor");

    [Test]
    public void Bytes_after_the_last_tensor_are_refused() =>
        Refuses(File("{" + Entry("a", "U8", "2", 0, 2) + "}", 5), "3 bytes after tensor 'a'");

    [Test]
    public void A_file_cut_short_is_refused() =>
        Refuses(File("{" + Entry("a", "F32", "4", 0, 16) + "}", 15), "cut short or damaged");

    [Test]
    public void Metadata_that_is_no_text_is_refused() =>
        Refuses(File("{\"__metadata__\":{\"epochs\":3}}"), "'__metadata__.epochs' in the safetensors header must be a string");

    [Test]
    public void Metadata_twice_is_refused() =>
        Refuses(File("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"), "metadata names 'a' twice");

    [Test]
    public void Spaces_after_the_object_are_what_writers_pad_with()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File("{" + Entry("a", "U8", "2", 0, 2) + "}     ", 2));
        Assert.That(file.Names, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void A_file_without_tensors_is_a_file()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File("{}"));
        Assert.That(file.Entries, Is.Empty);
    }

    [Test]
    public void Random_damage_is_refused_or_read_but_never_a_crash()
    {
        byte[] whole = File("{\"__metadata__\":{\"a\":\"1\"}," + Entry("a", "U8", "2", 0, 2) + "," + Entry("b", "F32", "2,1", 2, 10) + "}", 10);
        var random = new Random(7);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] damaged = [.. whole];
            for (int j = random.Next(1, 4); j > 0; j--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                SafetensorsFile.Open(damaged.AsMemory(0, random.Next(whole.Length / 2, whole.Length + 1))).Dispose();
            }
            catch (SafetensorsException)
            {
            }
        }
    }

    private static void Refuses(byte[] file, string because)
    {
        SafetensorsException? error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(file).Dispose());
        Assert.That(error!.Message, Does.Contain(because));

        // The three ways to open say the same.
        using var stream = new MemoryStream(file);
        Assert.That(() => SafetensorsFile.Open(stream), Throws.TypeOf<SafetensorsException>().With.Message.EqualTo(error.Message));
    }
}
