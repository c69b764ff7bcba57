// Which words make a mail spam?
using System.Globalization;
using Digits;
using Mails;
using TorchSharp;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Vocabulary vocabulary = Vocabulary.Load();
using MailLstm lstm = MailLstm.Pretrained();
using MailTransformer transformer = MailTransformer.Pretrained();

var table = new MarkdownTable("mail", "is", "spam, says the LSTM", "spam, says the transformer");
foreach (SampleMail mail in SampleMail.Load())
{
    using DisposeScope scope = NewDisposeScope();
    Tensor numbers = tensor(vocabulary.Encode(mail.Split())).unsqueeze(0);
    table.Add(mail.Text.Split('\n')[0], MailNetwork.Labels[mail.Label], $"{Spam(lstm, numbers):P1}", $"{Spam(transformer, numbers):P1}");
}

Console.WriteLine(table);

static double Spam(MailNetwork network, Tensor numbers) => network.call(numbers).softmax(1)[0, 1].ToDouble();
