namespace Ingestion.Records;

/// <summary>Walks over the members of one object: hands out the known ones, passes over the others, and lets no key come twice.</summary>
internal struct JsonFields(byte[][] names)
{
    private int _seen;
    private int _next;
    private HashSet<string>? _others;

    /// <summary>Moves to the value of the next known field; false at the end of the object, or when something is wrong.</summary>
    public bool MoveNext(ref JsonCursor cursor, out int field)
    {
        while (cursor.TryReadKey())
        {
            field = Find(ref cursor);
            if (field >= 0)
            {
                if ((_seen & (1 << field)) != 0)
                    return cursor.RejectDuplicate();

                _seen |= 1 << field;
                _next = field + 1;
                return cursor.Read();
            }

            if (!cursor.TryAddKey(_others ??= new HashSet<string>(StringComparer.Ordinal)) || !cursor.SkipValue())
                return false;
        }

        field = -1;
        return false;
    }

    /// <summary>After the last <see cref="MoveNext"/>: whether nothing was wrong and no field is missing.</summary>
    public readonly bool AreComplete(ref JsonCursor cursor)
    {
        if (cursor.Problem.Length > 0)
            return false;

        int missing = System.Numerics.BitOperations.TrailingZeroCount(~_seen);
        return missing == names.Length || cursor.Reject(names[missing], "is missing");
    }

    private readonly int Find(ref JsonCursor cursor)
    {
        for (int i = 0; i < names.Length; i++)
        {
            int field = (_next + i) % names.Length;
            if (cursor.IsKey(names[field]))
                return field;
        }

        return -1;
    }
}
