using Text;

string folder = args.Length > 0 ? args[0] : throw new ArgumentException("Give the folder with the mails: TrainText DIR.");
int words = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(path => Vocabulary.Split(File.ReadAllText(path)).Length);
Console.WriteLine($"{words} words.");
