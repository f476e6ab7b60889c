namespace Ingestion.Runs.Recording;

/// <summary>Adds stages up on a grid that never grows: see <see cref="Timeline"/>. Not thread-safe.</summary>
internal sealed class TimelineGrid
{
    /// <summary>Twice what there is to see at least: when the interval has doubled, half of them are empty again.</summary>
    private const int Columns = 320;

    private const int Rows = 32;
    private const int Stages = (int)Stage.Persist + 1;

    /// <summary>Slot rows, and after them the row of what ran beyond a slot. In ticks.</summary>
    private readonly long[,,] _ticks = new long[Rows + 1, Columns, Stages];

    private readonly long[] _ended = new long[Columns];
    private long _interval = TimeSpan.TicksPerMillisecond;
    private int _slotsPerRow = 1;
    private int _usedRows;
    private bool _isBeyondUsed;

    public void AddInSlot(int slot, Stage stage, TimeSpan begin, TimeSpan end)
    {
        while (slot / _slotsPerRow >= Rows)
            MergeRows();
        int row = slot / _slotsPerRow;
        _usedRows = Math.Max(_usedRows, row + 1);
        Add(row, stage, begin.Ticks, end.Ticks);
    }

    public void AddBeyondSlot(Stage stage, TimeSpan begin, TimeSpan end)
    {
        _isBeyondUsed = true;
        Add(Rows, stage, begin.Ticks, end.Ticks);
    }

    public void AddEnded(TimeSpan at)
    {
        // What ends where two columns meet belongs to the first, as its stages do.
        long lastTick = Math.Max(0, at.Ticks - 1);
        MakeRoom(lastTick);
        _ended[lastTick / _interval]++;
    }

    public Timeline Build(TimeSpan elapsed)
    {
        int columns = (int)Math.Clamp((elapsed.Ticks + _interval - 1) / _interval, 1, Columns);
        return new Timeline
        {
            Interval = TimeSpan.FromTicks(_interval),
            SlotsPerRow = _slotsPerRow,
            Slots = [.. Enumerable.Range(0, _usedRows).Select(row => Row(row, columns))],
            BeyondSlots = _isBeyondUsed ? Row(Rows, columns) : [],
            Ended = _ended[..columns],
        };
    }

    private void Add(int row, Stage stage, long begin, long end)
    {
        begin = Math.Max(0, begin);
        MakeRoom(end - 1);
        for (long column = begin / _interval; begin < end; column++)
        {
            long until = Math.Min(end, (column + 1) * _interval);
            _ticks[row, column, (int)stage] += until - begin;
            begin = until;
        }
    }

    private void MakeRoom(long at)
    {
        while (at / _interval >= Columns)
            MergeColumns();
    }

    private void MergeColumns()
    {
        for (int column = 0; column < Columns; column++)
        {
            bool isKept = column < Columns / 2;
            _ended[column] = isKept ? _ended[2 * column] + _ended[(2 * column) + 1] : 0;
            for (int row = 0; row <= Rows; row++)
            {
                for (int stage = 0; stage < Stages; stage++)
                    _ticks[row, column, stage] = isKept ? _ticks[row, 2 * column, stage] + _ticks[row, (2 * column) + 1, stage] : 0;
            }
        }

        _interval *= 2;
    }

    private void MergeRows()
    {
        for (int row = 0; row < Rows; row++)
        {
            bool isKept = row < Rows / 2;
            for (int column = 0; column < Columns; column++)
            {
                for (int stage = 0; stage < Stages; stage++)
                    _ticks[row, column, stage] = isKept ? _ticks[2 * row, column, stage] + _ticks[(2 * row) + 1, column, stage] : 0;
            }
        }

        _slotsPerRow *= 2;
        _usedRows = (_usedRows + 1) / 2;
    }

    private StageTimes[] Row(int row, int columns) => [.. Enumerable.Range(0, columns).Select(column => Cell(row, column))];

    private StageTimes Cell(int row, int column) => new(
        TimeIn(Stage.Gate, row, column), TimeIn(Stage.Fetch, row, column), TimeIn(Stage.Delay, row, column), TimeIn(Stage.Transform, row, column), TimeIn(Stage.Persist, row, column));

    private TimeSpan TimeIn(Stage stage, int row, int column) => TimeSpan.FromTicks(_ticks[row, column, (int)stage]);
}
