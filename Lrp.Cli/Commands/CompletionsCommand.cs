using System.CommandLine;

namespace Lrp.Cli.Commands;

/// <summary><c>lrp completions</c>: a script that lets a shell complete commands, options and methods.</summary>
internal static class CompletionsCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _lrp() {
              local IFS=$'\n'
              COMPREPLY=($(lrp "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null))
              [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o filenames -F _lrp lrp
            """,
        ["zsh"] = """
            _lrp() {
              local -a found
              found=("${(@f)$(lrp "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
              [[ -n "$found" ]] && compadd -- "${found[@]}" || _files
            }
            compdef _lrp lrp
            """,
        ["fish"] = """
            function __lrp_complete
              set -l line (commandline -cp)
              lrp "[suggest:"(string length -- $line)"]" $line 2>/dev/null
            end
            complete -c lrp -a '(__lrp_complete)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName lrp -ScriptBlock {
              param($word, $line, $position)
              lrp "[suggest:$position]" "$line" | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
              }
            }
            """,
    };

    public static Command Create(Terminal terminal)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completions", "Writes a script for tab completion: source <(lrp completions bash)")
        {
            shell,
        };
        command.SetAction(given => terminal.Write(Scripts[given.GetRequiredValue(shell)]));
        return command;
    }
}
