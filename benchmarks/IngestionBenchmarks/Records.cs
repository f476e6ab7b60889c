using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IngestionBenchmarks;

/// <summary>The records of the simulator, fetched a hundred at a time.</summary>
internal static class Records
{
    private const int Several = 100;

    /// <summary>The records of the characters 1 to <paramref name="count"/>, each with the bytes it has when it is asked for alone.</summary>
    public static async IAsyncEnumerable<byte[]> FetchAsync(Uri upstream, int count)
    {
        using var client = new HttpClient { BaseAddress = upstream };
        for (int first = 1; first <= count; first += Several)
        {
            IEnumerable<int> ids = Enumerable.Range(first, Math.Min(Several, count - first + 1));
            // Brackets, because one ID without them gets an object.
            byte[] array = await client.GetByteArrayAsync($"character/[{string.Join(',', ids)}]");
            using var records = JsonDocument.Parse(array);
            foreach (JsonElement record in records.RootElement.EnumerateArray())
                yield return Encoding.UTF8.GetBytes(record.GetRawText());
        }
    }

    /// <summary>Makes a file of each, named by its ID, for a web server that knows nothing but files.</summary>
    public static async Task SaveAsync(Uri upstream, int count, string folder)
    {
        Directory.CreateDirectory(folder);
        int id = 0;
        await foreach (byte[] record in FetchAsync(upstream, count))
            await File.WriteAllBytesAsync(Path.Combine(folder, (++id).ToString(CultureInfo.InvariantCulture)), record);
    }
}
