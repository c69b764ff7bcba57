using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Text.RegularExpressions;

namespace Lrp.Tests.Gate;

/// <summary>The generic parameter names in scope where a signature is read; without one, parameters are numbered (<c>!0</c>, <c>!!0</c>).</summary>
/// <param name="OfType">Names of the enclosing type's parameters.</param>
/// <param name="OfMethod">Names of the method's parameters.</param>
internal sealed record GenericNames(ImmutableArray<string> OfType, ImmutableArray<string> OfMethod);

/// <summary>
/// Names types in metadata signatures as the API list does: <c>System.Nullable&lt;System.Int64&gt;</c>, nested types with
/// a dot, arrays with brackets. A generic definition that is not yet instantiated keeps its arity mark
/// (<c>Module`2</c>).
/// </summary>
internal sealed partial class SignatureNames : ISignatureTypeProvider<string, GenericNames?>
{
    /// <summary>How a reference parameter's type ends until the parameter's direction is known.</summary>
    public const string ByReference = "&";

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => NameOf(reader, handle);

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => NameOf(reader, handle);

    public string GetTypeFromSpecification(MetadataReader reader, GenericNames? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => "System." + typeCode;

    public string GetGenericTypeParameter(GenericNames? context, int index) =>
        context is null ? "!" + index : context.OfType[index];

    public string GetGenericMethodParameter(GenericNames? context, int index) =>
        context is null ? "!!" + index : context.OfMethod[index];

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
        WithArguments(genericType, typeArguments);

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[" + new string(',', shape.Rank - 1) + "]";

    public string GetByReferenceType(string elementType) => elementType + ByReference;

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPinnedType(string elementType) => elementType;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetFunctionPointerType(MethodSignature<string> signature) =>
        "delegate*<" + string.Join(", ", signature.ParameterTypes.Add(signature.ReturnType)) + ">";

    /// <summary>The full name of a type of this assembly, arity marks kept.</summary>
    public static string NameOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? NameOf(reader, outer) + "." + name
            : Qualified(reader.GetString(type.Namespace), name);
    }

    /// <summary>The full name of a type of another assembly, arity marks kept.</summary>
    public static string NameOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        string name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? NameOf(reader, (TypeReferenceHandle)type.ResolutionScope) + "." + name
            : Qualified(reader.GetString(type.Namespace), name);
    }

    /// <summary>Names an instance: the arity marks go, all arguments come last (<c>A`1.B</c> with X is <c>A.B&lt;X&gt;</c>).</summary>
    public static string WithArguments(string name, ImmutableArray<string> arguments) =>
        ArityMark().Replace(name, "") + (arguments.IsEmpty ? "" : "<" + string.Join(", ", arguments) + ">");

    [GeneratedRegex("`[0-9]+")]
    private static partial Regex ArityMark();

    private static string Qualified(string space, string name) => space.Length == 0 ? name : space + "." + name;
}
