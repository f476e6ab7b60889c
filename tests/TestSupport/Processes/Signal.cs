namespace TestSupport.Processes;

/// <summary>The signals tests send; the values are POSIX's.</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    User1 = 10,
    Terminate = 15,
    Stop = 19,
    Continue = 18,
}
