using System.Runtime.CompilerServices;
using UpstreamSimulator;
using UpstreamSimulator.Records;

namespace TestSupport.Upstream;

/// <summary>A resource of the simulator whose keys have one type. What holds for a worker holds over both; a test that gets one of them shows it.</summary>
public sealed class KeyKind
{
    private readonly Func<int, string> _keyOf;
    private readonly string _path;
    private readonly string? _resourceFile;

    private KeyKind(string name, string path, string table, Func<int, string> keyOf, string? resourceFile)
    {
        Name = name;
        Table = $"ingestion.{table}";
        _path = path;
        _keyOf = keyOf;
        _resourceFile = resourceFile;
        Settings = resourceFile is null ? [] : [("Storage__Schema", "ingestion"), ("Upstream__Headers__Authorization", $"Bearer {new SimulatorOptions().Token}")];
    }

    /// <summary>Characters, which are the default.</summary>
    public static KeyKind Integers { get; } = new("integers", "character", "characters", number => $"{number}", resourceFile: null);

    /// <summary>The parts of <c>examples/</c>: each key has a character that means something in an address, and a request needs a token.</summary>
    public static KeyKind Texts { get; } = new("texts", "parts", "parts", RecordShapes.Sku, PathOf("examples/parts/resource.json"));

    public string Name { get; }

    /// <summary>Where the records end up; the outcomes are in the same schema, whatever the kind.</summary>
    public string Table { get; }

    /// <summary>The environment variables that a worker needs.</summary>
    public (string Name, string? Value)[] Settings { get; }

    /// <summary>The kind with this name.</summary>
    public static KeyKind Of(string name) => name == Texts.Name ? Texts : name == Integers.Name ? Integers : throw new ArgumentException($"there are no '{name}'", nameof(name));

    /// <summary>The key of the record with this number.</summary>
    public string Key(int number) => _keyOf(number);

    /// <summary>Where the record with this number is, below the API's address.</summary>
    public Uri AddressOf(int number) => new($"{_path}/{Uri.EscapeDataString(Key(number))}", UriKind.Relative);

    /// <summary>The arguments for a run over the keys of some numbers: by ranges where that is possible, otherwise from a file.</summary>
    /// <param name="numbers">Such as <c>1-10,42</c>.</param>
    /// <param name="folder">Where a file may be written.</param>
    public string ArgumentsFor(string numbers, string folder) => _resourceFile is null ? $"--ids {numbers}" : ArgumentsForFile(numbers, folder);

    /// <summary>The same, always from a file.</summary>
    public string ArgumentsForFile(string numbers, string folder)
    {
        string file = Path.Combine(folder, $"{Name}.txt");
        File.WriteAllLines(file, IdRanges.Parse(numbers).Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).Select(Key));
        return _resourceFile is null ? $"--ids-file {file}" : $"--resource {_resourceFile} --ids-file {file}";
    }

    public override string ToString() => Name;

    private static string PathOf(string name, [CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../..", name));
}
