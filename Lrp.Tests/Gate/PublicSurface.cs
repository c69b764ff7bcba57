using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Lrp.Tests.Gate;

/// <summary>
/// Reads every public and protected member of a compiled assembly and writes each as a line in the API list's format:
/// <c>Owner.name(Type parameter = default) : modifiers ReturnType</c>.
/// </summary>
internal sealed class PublicSurface
{
    private readonly MetadataReader reader;
    private readonly SignatureNames names = new();
    private readonly DefaultValues defaults;

    private PublicSurface(MetadataReader reader)
    {
        this.reader = reader;
        defaults = new DefaultValues(reader);
    }

    /// <summary>The members of an assembly file's public surface.</summary>
    public static IReadOnlyList<ApiMember> Of(string assemblyPath) => Of(File.ReadAllBytes(assemblyPath));

    /// <summary>The members of an assembly image's public surface.</summary>
    public static IReadOnlyList<ApiMember> Of(byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        return new PublicSurface(file.GetMetadataReader()).Members().ToList();
    }

    /// <summary>The key of a method or field as metadata refers to it, generic parameters numbered.</summary>
    public static string Key(string owner, string name, string signature) => $"{owner}::{name}{signature}";

    /// <summary>The signature part of a method's key.</summary>
    public static string KeySignature(MethodSignature<string> signature) =>
        $"`{signature.GenericParameterCount}({string.Join(", ", signature.ParameterTypes)}) {signature.ReturnType}";

    private IEnumerable<ApiMember> Members() =>
        reader.TypeDefinitions.Where(IsVisible).SelectMany(MembersOf);

    private bool IsVisible(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsVisible(type.GetDeclaringType()),
            _ => false,
        };
    }

    private IEnumerable<ApiMember> MembersOf(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        string key = SignatureNames.NameOf(reader, handle);
        var typeNames = ParameterNames(type.GetGenericParameters());
        string owner = SignatureNames.WithArguments(key, typeNames);
        var context = new GenericNames(typeNames, []);
        string kind = TypeLines.Kind(reader, type, names, context);
        yield return new ApiMember($"{owner} : {kind}{TypeLines.BasesOf(reader, type, names, context)}", owner, [key]);

        if (kind == "enum")
        {
            foreach (var (value, name) in defaults.EnumMembers(type))
            {
                yield return new ApiMember($"{owner}.{name} = {value}", owner, [Key(key, name, "")]);
            }

            yield break;
        }

        var accessors = new HashSet<MethodDefinitionHandle>();
        foreach (var property in type.GetProperties())
        {
            foreach (var line in PropertyLines(property, owner, key, context, accessors))
            {
                yield return line;
            }
        }

        foreach (var line in type.GetMethods().Where(method => !accessors.Contains(method)).SelectMany(method => MethodLines(method, owner, key, typeNames)))
        {
            yield return line;
        }

        foreach (var line in type.GetFields().SelectMany(field => FieldLines(field, owner, key, context)))
        {
            yield return line;
        }
    }

    private IEnumerable<ApiMember> MethodLines(MethodDefinitionHandle handle, string owner, string ownerKey, ImmutableArray<string> typeNames)
    {
        var method = reader.GetMethodDefinition(handle);
        if (!IsVisible(method.Attributes))
        {
            yield break;
        }

        string name = reader.GetString(method.Name);
        var methodNames = ParameterNames(method.GetGenericParameters());
        var signature = method.DecodeSignature(names, new GenericNames(typeNames, methodNames));
        string generic = methodNames.IsEmpty ? "" : "<" + string.Join(", ", methodNames) + ">";
        string modifiers = Modifiers(method.Attributes);
        string result = name == ".ctor" ? modifiers.TrimEnd() : modifiers + signature.ReturnType;
        string line = $"{owner}.{name}{generic}({Parameters(method, signature)})" + (result.Length == 0 ? "" : " : " + result);
        yield return new ApiMember(line, owner, [MethodKey(ownerKey, name, method)]);
    }

    private IEnumerable<ApiMember> PropertyLines(
        PropertyDefinitionHandle handle, string owner, string ownerKey, GenericNames context, HashSet<MethodDefinitionHandle> accessors)
    {
        var property = reader.GetPropertyDefinition(handle);
        var (getter, setter) = (property.GetAccessors().Getter, property.GetAccessors().Setter);
        accessors.UnionWith([getter, setter]);
        var visible = new[] { getter, setter }.Where(accessor => !accessor.IsNil && IsVisible(reader.GetMethodDefinition(accessor).Attributes)).ToList();
        if (visible.Count == 0)
        {
            yield break;
        }

        var first = reader.GetMethodDefinition(visible[0]);
        var signature = property.DecodeSignature(names, context);
        string index = signature.ParameterTypes.IsEmpty ? "" : "[" + Parameters(first, signature) + "]";
        string accessorList = (visible.Contains(getter) ? "get; " : "") + (visible.Contains(setter) ? "set; " : "");
        string modifier = (first.Attributes & MethodAttributes.Static) != 0 ? "static " : "";
        yield return new ApiMember(
            $"{owner}.{reader.GetString(property.Name)}{index} {{ {accessorList}}} : {modifier}{signature.ReturnType}",
            owner,
            visible.Select(reader.GetMethodDefinition).Select(accessor => MethodKey(ownerKey, reader.GetString(accessor.Name), accessor)).ToList());
    }

    private IEnumerable<ApiMember> FieldLines(FieldDefinitionHandle handle, string owner, string ownerKey, GenericNames context)
    {
        var field = reader.GetFieldDefinition(handle);
        var access = field.Attributes & FieldAttributes.FieldAccessMask;
        if (access is not (FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem))
        {
            yield break;
        }

        string modifiers = access == FieldAttributes.Public ? "" : "protected ";
        if ((field.Attributes & FieldAttributes.Literal) != 0)
        {
            modifiers += "const ";
        }
        else
        {
            modifiers += (field.Attributes & FieldAttributes.Static) != 0 ? "static " : "";
            modifiers += (field.Attributes & FieldAttributes.InitOnly) != 0 ? "readonly " : "";
        }

        string name = reader.GetString(field.Name);
        yield return new ApiMember(
            $"{owner}.{name} : {modifiers}{field.DecodeSignature(names, context)}",
            owner,
            [Key(ownerKey, name, " " + field.DecodeSignature(names, null))]);
    }

    private string MethodKey(string ownerKey, string name, MethodDefinition method) =>
        Key(ownerKey, name, KeySignature(method.DecodeSignature(names, null)));

    private string Parameters(MethodDefinition method, MethodSignature<string> signature)
    {
        var definitions = method.GetParameters().Select(reader.GetParameter).ToDictionary(parameter => parameter.SequenceNumber);
        return string.Join(", ", signature.ParameterTypes.Select((type, i) => Parameter(type, definitions[i + 1])));
    }

    private string Parameter(string type, Parameter parameter)
    {
        string prefix = Has(parameter.GetCustomAttributes(), "System.ParamArrayAttribute") ? "params " : "";
        if (type.EndsWith(SignatureNames.ByReference, StringComparison.Ordinal))
        {
            prefix = (parameter.Attributes & ParameterAttributes.Out) != 0 ? "out "
                : (parameter.Attributes & ParameterAttributes.In) != 0 ? "in " : "ref ";
            type = type[..^SignatureNames.ByReference.Length];
        }

        return prefix + type + " " + reader.GetString(parameter.Name) + defaults.Of(parameter, type);
    }

    private bool Has(CustomAttributeHandleCollection attributes, string name) =>
        attributes.Any(handle => TypeLines.AttributeName(reader, handle) == name);

    private static bool IsVisible(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private static string Modifiers(MethodAttributes attributes)
    {
        string modifiers = (attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public ? "" : "protected ";
        if ((attributes & MethodAttributes.Static) != 0)
        {
            return modifiers + "static ";
        }

        return modifiers + (attributes & (MethodAttributes.Abstract | MethodAttributes.Virtual | MethodAttributes.Final)) switch
        {
            MethodAttributes.Abstract | MethodAttributes.Virtual => "abstract ",
            MethodAttributes.Virtual => "virtual ",
            _ => "",
        };
    }

    private ImmutableArray<string> ParameterNames(GenericParameterHandleCollection parameters) =>
        [.. parameters.Select(handle => reader.GetString(reader.GetGenericParameter(handle).Name))];
}
