namespace Lrp.Checkpoints.Pickles;

/// <summary>
/// Reads a pickle of protocol 2 to 5 as data. Nothing in it can call anything but the few functions of ours that
/// <see cref="IPickleNames"/> knows; at the first other name, reading ends with an exception.
/// </summary>
/// <remarks>
/// <para>
/// The operations are those of Python's pickletools. A pickle is a program for a stack machine without jumps, so
/// reading needs neither recursion nor more steps than it has bytes. PyTorch writes protocol 2; of protocols 0 and 1
/// only those operations are known that name and call something, so that they can be refused by name.</para>
/// <para>
/// Razorvine.Pickle 1.5 makes a dictionary of an unknown class and goes on, and its list of known classes is one for
/// the whole process. Here, a name that is not allowed must end reading, also if it is never called.</para>
/// </remarks>
internal sealed class PickleMachine
{
    private const int HighestProtocol = 5;

    private readonly PickleReader _reader;
    private readonly IPickleNames _names;
    private readonly PickleStack _stack = new();
    private readonly Dictionary<long, object?> _memo = [];

    private PickleMachine(PickleReader reader, IPickleNames names)
    {
        _reader = reader;
        _names = names;
    }

    /// <summary>Reads one pickle; the reader then stands behind it.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged, or names what is not allowed.</exception>
    public static object? Read(PickleReader reader, IPickleNames names)
    {
        var machine = new PickleMachine(reader, names);
        for (var operation = reader.Byte(); operation != (byte)'.'; operation = reader.Byte())
        {
            machine.Run(operation);
        }

        return machine._stack.Pop();
    }

    private void Run(byte operation)
    {
        if (!RunConstant(operation) && !RunContainer(operation) && !RunMemo(operation) && !RunName(operation))
        {
            throw new InvalidDataException(
                $"the pickle has the operation 0x{operation:x2} at byte {_reader.Position - 1}, which no container of "
                    + "tensors needs; it is not a PyTorch file or damaged."
            );
        }
    }

    private bool RunConstant(byte operation)
    {
        switch (operation)
        {
            case (byte)'N':
                return Push(null);
            case 0x88:
                return Push(true);
            case 0x89:
                return Push(false);
            case (byte)'I':
                return Push(Integer());
            case (byte)'L':
                return Push(PickleText.Integer(_reader.Line()));
            case (byte)'J':
                return Push((long)_reader.Int32());
            case (byte)'K':
                return Push((long)_reader.Byte());
            case (byte)'M':
                return Push((long)_reader.UInt16());
            case 0x8a:
                return Push(_reader.Integer(_reader.Byte()));
            case 0x8b:
                return Push(_reader.Integer(_reader.Int32()));
            case (byte)'G':
                return Push(_reader.Double());
            case (byte)'S':
                return Push(PickleText.Quoted(_reader.Line()));
            case (byte)'T' or (byte)'X':
                return Push(_reader.Text(_reader.UInt32()));
            case (byte)'U' or 0x8c:
                return Push(_reader.Text(_reader.Byte()));
            case 0x8d:
                return Push(_reader.Text(_reader.Int64()));
            case (byte)'B':
                return Push(_reader.Bytes(_reader.UInt32()));
            case (byte)'C':
                return Push(_reader.Bytes(_reader.Byte()));
            case 0x8e or 0x96:
                return Push(_reader.Bytes(_reader.Int64()));
            default:
                return false;
        }
    }

    private bool RunContainer(byte operation)
    {
        switch (operation)
        {
            case (byte)'(':
                _stack.Mark();
                return true;
            case (byte)'0':
                _stack.Pop();
                return true;
            case (byte)'1':
                _stack.PopToMark();
                return true;
            case (byte)'2':
                return Push(_stack.Top);
            case (byte)']':
                return Push(new PickleSequence(PickleSequence.List, []));
            case (byte)'l':
                return Push(new PickleSequence(PickleSequence.List, _stack.PopToMark()));
            case (byte)')':
                return Push(new PickleSequence(PickleSequence.Tuple, []));
            case (byte)'t':
                return Push(new PickleSequence(PickleSequence.Tuple, _stack.PopToMark()));
            case 0x85 or 0x86 or 0x87:
                return Push(new PickleSequence(PickleSequence.Tuple, _stack.Pop(operation - 0x84)));
            case 0x8f:
                return Push(new PickleSequence(PickleSequence.Set, []));
            case 0x91:
                return Push(new PickleSequence(PickleSequence.FrozenSet, _stack.PopToMark()));
            case (byte)'a':
                return Append([_stack.Pop()]);
            case (byte)'e' or 0x90:
                return Append(_stack.PopToMark());
            case (byte)'}':
                return Push(new PickleDictionary("dict"));
            case (byte)'d':
                var pairs = _stack.PopToMark();
                return Push(new PickleDictionary("dict")) && SetItems(pairs);
            case (byte)'s':
                return SetItems(_stack.Pop(2));
            case (byte)'u':
                return SetItems(_stack.PopToMark());
            default:
                return false;
        }
    }

    private bool RunMemo(byte operation)
    {
        switch (operation)
        {
            case (byte)'p':
                return Remember(MemoKey());
            case (byte)'q':
                return Remember(_reader.Byte());
            case (byte)'r':
                return Remember(_reader.UInt32());
            case 0x94:
                return Remember(_memo.Count);
            case (byte)'g':
                return Recall(MemoKey());
            case (byte)'h':
                return Recall(_reader.Byte());
            case (byte)'j':
                return Recall(_reader.UInt32());
            default:
                return false;
        }
    }

    private bool RunName(byte operation)
    {
        switch (operation)
        {
            case 0x80:
                var protocol = _reader.Byte();
                return protocol <= HighestProtocol
                    ? true
                    : throw new InvalidDataException(
                        $"the pickle has protocol {protocol}; protocols up to {HighestProtocol} are known."
                    );
            case 0x95:
                _reader.Int64(); // the length of a frame, which only a reader that reads ahead needs
                return true;
            case (byte)'c':
                return Push(_names.Resolve(_reader.Line(), _reader.Line()));
            case 0x93:
                var path = _stack.Pop(2);
                return Push(_names.Resolve(Expect<string>(path[0]), Expect<string>(path[1])));
            case (byte)'i':
                var named = _names.Resolve(_reader.Line(), _reader.Line());
                return Call(named, _stack.PopToMark());
            case (byte)'o':
                var parts = _stack.PopToMark();
                return parts.Count > 0 && Call(parts[0], parts[1..]);
            case (byte)'R' or 0x81:
                var call = _stack.Pop(2);
                return Call(call[0], Expect<PickleSequence>(call[1]).Items);
            case (byte)'b':
                return Build(_stack.Pop());
            case (byte)'P':
                return Push(_names.Persistent(_reader.Line()));
            case (byte)'Q':
                return Push(_names.Persistent(_stack.Pop()));
            default:
                return false;
        }
    }

    private bool Push(object? value)
    {
        _stack.Push(value);
        return true;
    }

    private bool Append(List<object?> items)
    {
        Expect<PickleSequence>(_stack.Top).Items.AddRange(items);
        return true;
    }

    private bool SetItems(List<object?> pairs)
    {
        var dictionary = Expect<PickleDictionary>(_stack.Top);
        for (var i = 0; i + 1 < pairs.Count; i += 2)
        {
            dictionary.Set(pairs[i], pairs[i + 1]);
        }

        return true;
    }

    private bool Remember(long key)
    {
        _memo[key] = _stack.Top;
        return true;
    }

    private bool Recall(long key) =>
        _memo.TryGetValue(key, out var value)
            ? Push(value)
            : throw new InvalidDataException("the pickle names a value that it has not stored: it is damaged.");

    private bool Call(object? callee, List<object?> arguments) =>
        callee is PickleCall call
            ? Push(call.Make(arguments))
            : throw new InvalidDataException(
                $"the pickle calls {PickleText.Show(callee)}, which is no function of a container of tensors."
            );

    // A state dict carries the versions of its modules as an attribute; nothing else may set attributes.
    private bool Build(object? state)
    {
        if (_stack.Top is not PickleDictionary dictionary || state is not PickleDictionary attributes)
        {
            throw new InvalidDataException(
                $"the pickle sets attributes of {PickleText.Show(_stack.Top)}; save model.state_dict(), not an object."
            );
        }

        dictionary.Attributes = attributes;
        return true;
    }

    private object Integer()
    {
        var line = _reader.Line();
        return line switch
        {
            "00" => false,
            "01" => true,
            _ => PickleText.Integer(line),
        };
    }

    private long MemoKey() => Expect<long>(PickleText.Integer(_reader.Line()));

    private static T Expect<T>(object? value) =>
        value is T expected
            ? expected
            : throw new InvalidDataException(
                $"the pickle has {PickleText.Show(value)} where another kind of value must be: it is damaged."
            );
}
