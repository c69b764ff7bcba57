using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Lrp.Tests.Gate;

/// <summary>What a compiled assembly refers to in the assembly behind TorchSharp's API: types, methods, fields.</summary>
internal static class ReferencedMembers
{
    /// <summary>The keys (as in <see cref="ApiMember.References"/>) of everything <paramref name="assembly"/> refers to in the assembly named <paramref name="target"/>.</summary>
    public static IReadOnlyList<string> Of(byte[] assembly, string target)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        var reader = file.GetMetadataReader();
        var names = new SignatureNames();
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in reader.TypeReferences.Where(handle => IsIn(reader, handle, target)))
        {
            found.Add(SignatureNames.NameOf(reader, handle));
        }

        foreach (var member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (TypeOf(reader, member.Parent) is not { } type || !IsIn(reader, type, target))
            {
                continue;
            }

            string signature = member.GetKind() == MemberReferenceKind.Method
                ? PublicSurface.KeySignature(member.DecodeMethodSignature(names, null))
                : " " + member.DecodeFieldSignature(names, null);
            found.Add(PublicSurface.Key(SignatureNames.NameOf(reader, type), reader.GetString(member.Name), signature));
        }

        return [.. found];
    }

    /// <summary>The type a member belongs to, also of a generic instance; null for arrays and types of the assembly itself.</summary>
    private static TypeReferenceHandle? TypeOf(MetadataReader reader, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference)
        {
            return (TypeReferenceHandle)parent;
        }

        if (parent.Kind != HandleKind.TypeSpecification)
        {
            return null;
        }

        var blob = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return null;
        }

        blob.ReadByte(); // class or value type
        return blob.ReadTypeHandle() is { Kind: HandleKind.TypeReference } handle ? (TypeReferenceHandle)handle : null;
    }

    private static bool IsIn(MetadataReader reader, TypeReferenceHandle handle, string target)
    {
        var scope = reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsIn(reader, (TypeReferenceHandle)scope, target),
            HandleKind.AssemblyReference => reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name) == target,
            _ => false,
        };
    }
}
