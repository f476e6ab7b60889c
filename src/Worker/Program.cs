using Worker.Commands;

return await CommandLine.RunAsync(args);
