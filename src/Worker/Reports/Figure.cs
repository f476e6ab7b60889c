namespace Worker.Reports;

/// <summary>Numbers as people read them: at most three significant digits.</summary>
internal static class Figure
{
    public static string Of(double number)
    {
        double size = Math.Abs(number);
        return size switch
        {
            >= 999.5 => Round(number, Math.Pow(10, Math.Floor(Math.Log10(size)) - 2)).ToString("N0", CultureInfo.InvariantCulture),
            >= 99.95 => number.ToString("0", CultureInfo.InvariantCulture),
            >= 9.995 => number.ToString("0.#", CultureInfo.InvariantCulture),
            _ => number.ToString("0.##", CultureInfo.InvariantCulture),
        };
    }

    public static string Of(TimeSpan time) => time switch
    {
        { TotalSeconds: >= 0.9995 } => Of(time.TotalSeconds) + " s",
        { TotalMilliseconds: >= 0.9995 } => Of(time.TotalMilliseconds) + " ms",
        _ => Of(time.TotalMicroseconds) + " µs",
    };

    private static double Round(double number, double step) => Math.Round(number / step) * step;
}
