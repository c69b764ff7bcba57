using Lrp.Torch.Serialization;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>
            /// The parameters and persistent buffers of this module and all below it, by dotted name: first the
            /// parameters, then the buffers. The tensors are the module's own, not copies.
            /// </summary>
            /// <param name="destination">A dictionary to add to, instead of a new one.</param>
            /// <param name="prefix">What to put before every name, with a dot.</param>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= new();
                string Key(string own) => string.IsNullOrEmpty(prefix) ? own : $"{prefix}.{own}";

                foreach (var (own, parameter) in named_parameters()) destination.TryAdd(Key(own), parameter);
                foreach (var (own, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Key(own), buffer);
                // A tensor that two modules share was met once so far; every name it goes by is a key.
                foreach (var (child, module) in _internal_submodules) module.state_dict(destination, Key(child));
                return destination;
            }

            /// <summary>Copies tensors into the parameters and buffers of the same names.</summary>
            /// <param name="source">The tensors, by dotted name.</param>
            /// <param name="strict">Whether the names have to be exactly this module's.</param>
            /// <param name="skip">Names to leave alone, and out of the comparison.</param>
            /// <returns>The names that the source lacks, and those that this module lacks.</returns>
            /// <exception cref="InvalidOperationException">Strict, and the names differ; nothing was copied.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                bool Considered(string key) => skip is null || !skip.Contains(key);

                var destination = state_dict();
                var unexpected = source.Keys.Where(key => Considered(key) && !destination.ContainsKey(key)).ToList();
                var missing = destination.Keys.Where(key => Considered(key) && !source.ContainsKey(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException(
                        $"The loaded state_dict is not identical to the target dictionary. {Listing("Missing", missing)}{Listing("Unexpected", unexpected)}");
                }

                using var recordingOff = no_grad();
                foreach (var (key, value) in source)
                {
                    if (Considered(key) && destination.TryGetValue(key, out var target)) target.copy_(value);
                }

                return (missing, unexpected);
            }

            /// <summary>Writes the state dictionary to a file, in TorchSharp's format.</summary>
            public Module save(string location, IList<string>? skip = null)
            {
                using var stream = File.Create(location);
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            /// <summary>Writes the state dictionary to a stream, which is closed afterwards.</summary>
            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            /// <summary>Writes the state dictionary.</summary>
            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            /// <summary>
            /// Writes a dictionary of tensors in TorchSharp's format: their number, then for each its name
            /// (as <see cref="BinaryWriter"/> writes a string) and the tensor.
            /// </summary>
            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null)
            {
                var kept = sd.Where(entry => skip is null || !skip.Contains(entry.Key)).ToList();
                writer.WriteLeb128(kept.Count);
                foreach (var (key, tensor) in kept)
                {
                    writer.Write(key);
                    tensor.Save(writer);
                }
            }

            /// <summary>Reads what <see cref="save(string, IList{string}?)"/> wrote into this module's parameters and buffers.</summary>
            /// <param name="location">The file.</param>
            /// <param name="strict">Whether the names have to be exactly this module's.</param>
            /// <param name="skip">Names whose tensors are read past.</param>
            /// <param name="loadedParameters">Gets, for each name in the file, whether this module has it.</param>
            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                if (!File.Exists(location)) throw new FileNotFoundException(location);
                using var stream = File.OpenRead(location);
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads a state dictionary from a stream, which is closed afterwards.</summary>
            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads a state dictionary.</summary>
            /// <exception cref="ArgumentException">The names (if strict), a shape or an element type is not this module's.</exception>
            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                var (deviceType, deviceIndex) = (_deviceType, _deviceIndex);
                if (deviceType != DeviceType.CPU) _to(DeviceType.CPU, -1, false);
                try
                {
                    LoadEntries(reader, state_dict(), strict, skip, loadedParameters);
                }
                finally
                {
                    if (deviceType != DeviceType.CPU) _to(deviceType, deviceIndex, false);
                }

                return this;
            }

            /// <summary>Makes a module and reads its state dictionary from a file.</summary>
            public static Module Create<T>(string path)
                where T : Module, new() => new T().load(path);

            private static void LoadEntries(BinaryReader reader, Dictionary<string, Tensor> state, bool strict, IList<string>? skip, Dictionary<string, bool>? loadedParameters)
            {
                var entries = reader.ReadLeb128();
                if (strict && entries != state.Count)
                    throw new ArgumentException($"Mismatched state_dict sizes: expected {state.Count}, but found {entries} entries.");

                for (var i = 0L; i < entries; i++)
                {
                    var key = reader.ReadString();
                    var found = state.TryGetValue(key, out var target);
                    if (strict && !found)
                        throw new ArgumentException($"Mismatched module state names: the target modules does not have a submodule or buffer named '{key}'");

                    if (!found || skip?.Contains(key) == true) TensorFormat.ReadHeader(reader).SkipBytes(reader);
                    else LoadEntry(reader, key, target!);
                    loadedParameters?.Add(key, found);
                }
            }

            private static void LoadEntry(BinaryReader reader, string key, Tensor target)
            {
                try
                {
                    target.Load(reader);
                }
                catch (ArgumentException exception)
                {
                    throw new ArgumentException($"'{key}': {exception.Message}", exception);
                }
            }

            private static string Listing(string title, List<string> keys) =>
                keys.Count == 0 ? "" : $"{title}: {string.Join(", ", keys.Take(10))}{(keys.Count > 10 ? $" and {keys.Count - 10} more" : "")}. ";
        }
    }
}
