using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Lrp.Tests.Gate;

/// <summary>What the API list says of a type: its kind, its base class and the interfaces that matter to a caller.</summary>
internal static class TypeLines
{
    /// <summary><c>enum</c>, <c>sealed class</c>, <c>static class</c>, <c>struct</c>, <c>interface</c>, <c>delegate</c>, ...</summary>
    public static string Kind(MetadataReader reader, TypeDefinition type, SignatureNames names, GenericNames context)
    {
        if ((type.Attributes & TypeAttributes.Interface) != 0)
        {
            return "interface";
        }

        return BaseOf(reader, type, names, context) switch
        {
            "System.Enum" => "enum",
            "System.ValueType" => "struct",
            "System.MulticastDelegate" => "delegate",
            _ => (type.Attributes & (TypeAttributes.Abstract | TypeAttributes.Sealed)) switch
            {
                TypeAttributes.Abstract | TypeAttributes.Sealed => "static class",
                TypeAttributes.Abstract => "abstract class",
                TypeAttributes.Sealed => "sealed class",
                _ => "class",
            },
        };
    }

    /// <summary>
    /// <c> : Base, Interface, ...</c>, or nothing. Interfaces are the inherited ones too, as the list has them: those of
    /// the assembly itself and <see cref="IDisposable"/>; sorted, as their order has no meaning.
    /// </summary>
    public static string BasesOf(MetadataReader reader, TypeDefinition type, SignatureNames names, GenericNames context)
    {
        string? baseName = BaseOf(reader, type, names, context);
        var interfaces = new SortedSet<string>(StringComparer.Ordinal);
        AddInterfaces(reader, type, names, context, interfaces);
        var bases = new List<string>();
        if (baseName is not (null or "System.Object" or "System.Enum" or "System.ValueType" or "System.MulticastDelegate"))
        {
            bases.Add(baseName);
        }

        bases.AddRange(interfaces.Where(name => name == "System.IDisposable" || name.StartsWith("TorchSharp.", StringComparison.Ordinal)));
        return bases.Count == 0 ? "" : " : " + string.Join(", ", bases);
    }

    /// <summary>The full name of an attribute's class.</summary>
    public static string AttributeName(MetadataReader reader, CustomAttributeHandle handle)
    {
        var constructor = reader.GetCustomAttribute(handle).Constructor;
        var type = constructor.Kind == HandleKind.MemberReference
            ? reader.GetMemberReference((MemberReferenceHandle)constructor).Parent
            : reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();
        return type.Kind switch
        {
            HandleKind.TypeReference => SignatureNames.NameOf(reader, (TypeReferenceHandle)type),
            HandleKind.TypeDefinition => SignatureNames.NameOf(reader, (TypeDefinitionHandle)type),
            _ => "",
        };
    }

    private static string? BaseOf(MetadataReader reader, TypeDefinition type, SignatureNames names, GenericNames context) =>
        type.BaseType.IsNil ? null : Name(reader, type.BaseType, names, context);

    private static void AddInterfaces(MetadataReader reader, TypeDefinition type, SignatureNames names, GenericNames context, SortedSet<string> found)
    {
        foreach (var handle in type.GetInterfaceImplementations())
        {
            found.Add(Name(reader, reader.GetInterfaceImplementation(handle).Interface, names, context));
        }

        // Only what this assembly defines can be followed; a base class of the framework shows its IDisposable alone.
        if (Definition(reader, type.BaseType, names, context) is { } parent)
        {
            AddInterfaces(reader, parent.Type, names, parent.Context, found);
        }
        else if (BaseOf(reader, type, names, context) is { } external && !external.Contains('<') && Type.GetType(external) is { } framework && typeof(IDisposable).IsAssignableFrom(framework))
        {
            found.Add("System.IDisposable");
        }
    }

    private static (TypeDefinition Type, GenericNames Context)? Definition(MetadataReader reader, EntityHandle handle, SignatureNames names, GenericNames context)
    {
        if (handle.IsNil)
        {
            return null;
        }

        if (handle.Kind == HandleKind.TypeDefinition)
        {
            return (reader.GetTypeDefinition((TypeDefinitionHandle)handle), new GenericNames([], []));
        }

        if (handle.Kind != HandleKind.TypeSpecification)
        {
            return null;
        }

        var blob = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)handle).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return null;
        }

        blob.ReadByte(); // class or value type
        var generic = blob.ReadTypeHandle();
        if (generic.Kind != HandleKind.TypeDefinition)
        {
            return null;
        }

        var decoder = new SignatureDecoder<string, GenericNames?>(names, reader, context);
        var arguments = ImmutableArray.CreateBuilder<string>();
        for (int count = blob.ReadCompressedInteger(); count > 0; count--)
        {
            arguments.Add(decoder.DecodeType(ref blob));
        }

        return (reader.GetTypeDefinition((TypeDefinitionHandle)generic), new GenericNames(arguments.ToImmutable(), []));
    }

    private static string Name(MetadataReader reader, EntityHandle handle, SignatureNames names, GenericNames context) => handle.Kind switch
    {
        HandleKind.TypeDefinition => SignatureNames.NameOf(reader, (TypeDefinitionHandle)handle),
        HandleKind.TypeReference => SignatureNames.NameOf(reader, (TypeReferenceHandle)handle),
        _ => names.GetTypeFromSpecification(reader, context, (TypeSpecificationHandle)handle, 0),
    };
}
