<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

/**
 * A broker for one client that does as it is told to each message, in a process of its own: what a
 * real one does only when it is full, blocked or half dead. It speaks as much of AMQP 0-9-1 as the
 * client does, and knows nothing of the workers.
 */
final class StubBroker
{
    /** @var resource */
    private $process;
    private readonly string $log;
    private readonly string $address;
    private readonly int $owner;

    /**
     * @param list<string> $actions one for each message that is published, of {@see stub.php}
     * @param list<string> $logins one for each connection: `take` (also where none is left), `refuse`, `limit`
     */
    public function __construct(array $actions, array $logins = [], private readonly ?string $certificate = null)
    {
        $this->log = (string) tempnam(sys_get_temp_dir(), 'stub');
        $this->owner = (int) getmypid();
        $plan = base64_encode(serialize([$actions, $logins, $this->log, $certificate]));
        $process = proc_open([PHP_BINARY, __DIR__ . '/stub.php', $plan], [1 => ['pipe', 'w']], $pipes);
        $this->process = $process ?: throw new \RuntimeException('the stub does not start');
        $this->address = trim((string) fgets($pipes[1]));
    }

    public function __destruct()
    {
        if ($this->owner !== getmypid()) {
            return; // A child process of a test has a copy.
        }
        proc_terminate($this->process, 9);
        proc_close($this->process);
        unlink($this->log);
    }

    public function url(string $user = 'crm', string $password = 'S3cretOfTheBroker'): string
    {
        $scheme = $this->certificate === null ? 'amqp' : 'amqps';
        return "$scheme://$user:$password@{$this->address}";
    }

    /**
     * What was published: its bytes, its type, its AMQP properties' bytes, and the number of its connection.
     *
     * @return list<array{body: string, key: string, properties: string, connection: int}>
     */
    public function published(): array
    {
        $lines = file($this->log, FILE_IGNORE_NEW_LINES) ?: [];
        return array_map(static fn (string $line): array => unserialize((string) base64_decode($line)), $lines);
    }
}
