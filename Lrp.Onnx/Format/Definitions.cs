namespace Lrp.Onnx.Format;

/// <summary>A model as the file has it; unsafe pointers lead into the mapped file.</summary>
internal sealed class ModelDefinition
{
    public long IrVersion { get; set; }
    public string Producer { get; set; } = "";
    public GraphDefinition? Graph { get; set; }
    public Dictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);
    public List<FunctionDefinition> Functions { get; } = [];
}

/// <summary>A graph: its nodes, the tensors that it holds, its inputs and outputs.</summary>
internal sealed class GraphDefinition
{
    public List<NodeDefinition> Nodes { get; } = [];
    public List<TensorDefinition> Initializers { get; } = [];
    public List<ValueDefinition> Inputs { get; } = [];
    public List<ValueDefinition> Outputs { get; } = [];
    public List<string> SparseInitializers { get; } = [];
}

/// <summary>A function that the model defines for itself.</summary>
internal sealed class FunctionDefinition
{
    public string Name { get; set; } = "";
    public string Domain { get; set; } = "";
    public List<string> Inputs { get; } = [];
    public List<string> Outputs { get; } = [];
    public List<NodeDefinition> Nodes { get; } = [];
    public Dictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, AttributeDefinition> Defaults { get; } = new(StringComparer.Ordinal);
}

/// <summary>A node.</summary>
internal sealed class NodeDefinition
{
    public string Name { get; set; } = "";
    public string Operator { get; set; } = "";
    public string Domain { get; set; } = "";
    public List<string> Inputs { get; } = [];
    public List<string> Outputs { get; } = [];
    public Dictionary<string, AttributeDefinition> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>What an attribute holds; the numbers are those of the format.</summary>
internal enum AttributeKind
{
    Undefined = 0,
    Float = 1,
    Int = 2,
    String = 3,
    Tensor = 4,
    Graph = 5,
    Floats = 6,
    Ints = 7,
    Strings = 8,
    Tensors = 9,
    Graphs = 10,
    SparseTensor = 11,
    SparseTensors = 12,
    Type = 13,
    Types = 14,
}

/// <summary>An attribute of a node.</summary>
internal sealed class AttributeDefinition
{
    public string Name { get; set; } = "";
    public AttributeKind Kind { get; set; }
    public double Float { get; set; }
    public long Int { get; set; }
    public string String { get; set; } = "";
    public TensorDefinition? Tensor { get; set; }
    public List<double> Floats { get; } = [];
    public List<long> Ints { get; } = [];
    public List<string> Strings { get; } = [];

    /// <summary>In a function: the function's attribute that stands here; null for a value.</summary>
    public string? Reference { get; set; }
}

/// <summary>A tensor in the file, or outside it.</summary>
internal sealed unsafe class TensorDefinition
{
    public string Name { get; set; } = "";
    public List<long> Dims { get; } = [];
    public long Type { get; set; }
    public byte* Raw { get; set; }
    public long RawLength { get; set; } = -1;
    public List<double> Floats { get; } = [];
    public List<double> Doubles { get; } = [];
    public List<long> Integers { get; } = [];
    public bool HasTexts { get; set; }
    public bool IsExternal { get; set; }
    public Dictionary<string, string> External { get; } = new(StringComparer.Ordinal);
}

/// <summary>An input or an output of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The element type's number in the format; 0 where the file says none.</param>
/// <param name="Shape">Sizes, -1 where the file gives a name or nothing; null where even the rank is open.</param>
/// <param name="IsTensor">Whether it is a tensor and no sequence or map.</param>
internal sealed record ValueDefinition(string Name, long Type, long[]? Shape, bool IsTensor);
