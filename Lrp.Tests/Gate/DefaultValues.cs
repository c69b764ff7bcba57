using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;

namespace Lrp.Tests.Gate;

/// <summary>
/// Default values as the API list writes them: <c> = null</c>, <c> = true</c>, <c> = 1E-08</c>, <c> = "mean"</c>; an
/// enumeration's by its member's name.
/// </summary>
internal sealed class DefaultValues
{
    private readonly MetadataReader reader;
    private readonly Dictionary<string, Dictionary<long, string>> enumerations = [];

    public DefaultValues(MetadataReader reader)
    {
        this.reader = reader;
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            var members = EnumMembers(type).ToList();
            if (members.Count > 0)
            {
                var names = enumerations[SignatureNames.NameOf(reader, handle)] = [];
                foreach (var (value, name) in members)
                {
                    names.TryAdd(Convert.ToInt64(value, CultureInfo.InvariantCulture), name);
                }
            }
        }
    }

    /// <summary>The default of a parameter, with the equals sign; empty where it has none.</summary>
    public string Of(Parameter parameter, string type)
    {
        if ((parameter.Attributes & ParameterAttributes.HasDefault) == 0)
        {
            return (parameter.Attributes & ParameterAttributes.Optional) != 0 ? " = null" : "";
        }

        object? value = Value(parameter.GetDefaultValue());
        if (value is not null && enumerations.TryGetValue(EnumerationName(type), out var members)
            && members.TryGetValue(Convert.ToInt64(value, CultureInfo.InvariantCulture), out string? name))
        {
            return " = " + name;
        }

        return " = " + value switch
        {
            null => "null",
            string text => $"\"{text}\"",
            bool truth => truth ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The members of an enumeration with their values, in order of definition; none for another type.</summary>
    public IEnumerable<(object Value, string Name)> EnumMembers(TypeDefinition type)
    {
        if (type.BaseType.Kind != HandleKind.TypeReference || SignatureNames.NameOf(reader, (TypeReferenceHandle)type.BaseType) != "System.Enum")
        {
            yield break;
        }

        foreach (var field in type.GetFields().Select(reader.GetFieldDefinition))
        {
            if ((field.Attributes & FieldAttributes.Literal) != 0)
            {
                yield return (Value(field.GetDefaultValue())!, reader.GetString(field.Name));
            }
        }
    }

    private static string EnumerationName(string type)
    {
        const string Nullable = "System.Nullable<";
        return type.StartsWith(Nullable, StringComparison.Ordinal) ? type[Nullable.Length..^1] : type;
    }

    private object? Value(ConstantHandle handle)
    {
        var constant = reader.GetConstant(handle);
        return reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode);
    }
}
