<?php

declare(strict_types=1);

namespace TwoFactor;

use PhpAmqpLib\Exception\AMQPExceptionInterface;
use PhpAmqpLib\Message\AMQPMessage;
use TwoFactor\Types\Event;
use TwoFactor\Types\Outcome;
use TwoFactor\Types\Outcomes;
use TwoFactor\Types\Secret;

/**
 * Asks the workers over RabbitMQ: one request at a time, and one connection, which is opened at the
 * first request and replaced when it is gone. The same event is sent again while no answer comes.
 * It logs nothing, and neither shows the broker's password nor keeps an event. An application's
 * tests give a {@see FakeClient} in its place.
 */
class Client
{
    /** AMQP's reply codes for a wrong password or a missing right, and for an unknown virtual host. */
    private const REFUSALS = [403, 530];
    /** What PHP says of trouble in TLS, and what we say. */
    private const OF_TLS = ['Unknown error' => 'does the port speak TLS, and is its certificate trusted?'];

    /** @var \WeakMap<self, Link> outside the clients, since a dump of a connection shows its password */
    private static \WeakMap $links;
    /** @var Secret<array<string, mixed>> where the broker is, as the library's connection takes it */
    private readonly Secret $at;
    private bool $busy = false;
    private bool $closed = false;

    /**
     * @param string $url amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps:// for TLS
     * @param string $source the application's name in its events, a URI reference
     * @param float $resend_after seconds without an answer after which the same event is sent again
     * @param float $give_up_after seconds after which there is no answer
     * @param array<string, mixed> $tls PHP's SSL context options for amqps://, such as `cafile`
     */
    public function __construct(
        #[\SensitiveParameter] string $url,
        private readonly string $source = '/crm',
        private readonly float $resend_after = 5,
        private readonly float $give_up_after = 30,
        #[\SensitiveParameter] array $tls = [],
    ) {
        $at = parse_url($url);
        $port = ['amqp' => 5672, 'amqps' => 5671][$at['scheme'] ?? ''] ?? null;
        if (!isset($at['host'], $port)) {
            throw new \InvalidArgumentException('write the AMQP URL as amqps://user:password@host/vhost');
        }
        // PHP sends none between requests, so the broker gives up a connection that was idle for two.
        $heartbeat = max(1, min(30, (int) ceil($resend_after)));
        self::$links ??= new \WeakMap();
        $tls += ['verify_peer' => true, 'peer_name' => trim($at['host'], '[]')];
        $this->at = new Secret([
            'host' => $at['host'],
            'port' => $at['port'] ?? $port,
            'user' => rawurldecode($at['user'] ?? 'guest'), 'password' => rawurldecode($at['pass'] ?? 'guest'),
            'vhost' => rawurldecode(substr($at['path'] ?? '', 1)) ?: '/',
            'heartbeat' => $heartbeat, 'read_write_timeout' => 2 * $heartbeat,
            'context' => $at['scheme'] === 'amqps' ? stream_context_create(['ssl' => $tls]) : null,
        ]);
    }

    public function __destruct()
    {
        $this->close();
    }

    /**
     * Publishes an event and returns its outcome. Nobody may be let in without one.
     *
     * @param ?\DateTimeInterface $time when the person's request came in; now, if it is not given
     * @param ?string $id the event's id, if the application gives it: a form sent twice is one event
     * @param ?string $traceparent the W3C trace context, which the outcome passes on
     * @throws NoAnswer where none came in time
     * @throws BadAnswer where one came that cannot be read
     * @throws AccessRefused where the broker refuses the user or its rights
     */
    public function request(
        Event $event,
        ?\DateTimeInterface $time = null,
        ?string $id = null,
        ?string $traceparent = null,
    ): Outcome {
        if ($this->busy) {
            throw new \LogicException('One request at a time; make a client for each coroutine.');
        }
        $this->busy = true;
        try {
            $message = $this->message($event, $time, $id ?? self::newId(), $traceparent);
            return self::read($this->answer($event::TYPE, $message), $event::TYPE);
        } finally {
            $this->busy = false;
        }
    }

    /** Ends the connection. A request that waits, or comes later, gets {@see NoAnswer} at once. */
    public function close(): void
    {
        $this->closed = true;
        $this->drop(politely: !$this->busy);
    }

    /** Publishes the same bytes until an answer comes or the time is over. */
    private function answer(string $type, #[\SensitiveParameter] AMQPMessage $message): string
    {
        $end = hrtime(true) / 1e9 + $this->give_up_after;
        $pause = 0.1;
        $why = 'no time was left to ask';
        while (($left = $end - hrtime(true) / 1e9) > 0 && !$this->closed) {
            $kept = $this->kept();
            try {
                $link = $kept ?? new Link($this->at->reveal(), min($left, 3));
                self::$links[$this] = $link;
                $answer = $link->ask($message, $type, min($left, $this->resend_after));
                if ($answer !== null) {
                    return $answer;
                }
                $why = $link->declined ?? 'the broker took it: are the workers running?';
                $at_once = $link->declined === null; // It was sent, and the time to answer is over.
            } catch (AMQPExceptionInterface | \ErrorException | \TypeError | \ValueError $error) {
                $this->drop(politely: false);
                ['host' => $host, 'port' => $port, 'user' => $user] = $this->at->reveal();
                $words = strtr($error->getMessage(), self::OF_TLS);
                $why = "the broker at $host:$port cannot be asked: $words";
                $at_once = $kept !== null; // It was gone since the request before.
                if (in_array($error->getCode(), self::REFUSALS, true) && !str_contains($words, 'limit')) {
                    throw new AccessRefused("$host refuses $user: correct the AMQP URL or the rights ($words)");
                }
            }
            if (!$at_once) {
                usleep((int) (1e6 * max(0, min($end - hrtime(true) / 1e9, $pause * random_int(50, 100) / 100))));
                $pause = min(2 * $pause, 2);
            }
        }
        throw new NoAnswer("no answer to $type {$message->get('message_id')} within {$this->give_up_after} s ("
            . ($this->closed ? 'the client is closed' : $why) . '); let nobody in, and ask the person to try again');
    }

    /** The connection, where this process opened it: a child process must not use its parent's. */
    private function kept(): ?Link
    {
        $link = self::$links[$this] ?? null;
        return $link?->pid === getmypid() ? $link : null;
    }

    private function drop(bool $politely): void
    {
        $this->kept()?->close($politely);
        unset(self::$links[$this]);
    }

    private function message(Event $event, ?\DateTimeInterface $time, string $id, ?string $trace): AMQPMessage
    {
        if (preg_match('/^[A-Za-z0-9._:-]{1,128}$/D', $id) !== 1) {
            throw new \InvalidArgumentException('An id is 1 to 128 of A-Z a-z 0-9 . _ : -');
        }
        $time = \DateTimeImmutable::createFromInterface($time ?? new \DateTimeImmutable());
        $time = $time->setTimezone(new \DateTimeZone('UTC'))->format('Y-m-d\TH:i:s.u\Z');
        $envelope = ['specversion' => '1.0', 'id' => $id, 'source' => $this->source, 'type' => $event::TYPE];
        $envelope += ['time' => $time, 'data' => $event->toData()] + ($trace === null ? [] : ['traceparent' => $trace]);
        // What a person sent may be no UTF-8. The workers then answer that it is no code.
        $json = json_encode($envelope, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
        return new AMQPMessage($json, [
            'content_type' => 'application/cloudevents+json', 'delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT,
            'reply_to' => 'amq.rabbitmq.reply-to', 'correlation_id' => self::newId(), 'message_id' => $id,
        ]);
    }

    /** @throws BadAnswer naming the member that is wrong, and never what is in it */
    private static function read(#[\SensitiveParameter] string $answer, string $type): Outcome
    {
        try {
            return Outcomes::fromMessage((array) json_decode($answer, true, 64, JSON_THROW_ON_ERROR));
        } catch (\JsonException | \UnexpectedValueException $error) {
            throw new BadAnswer("the answer to $type is no outcome; let nobody in ({$error->getMessage()})");
        }
    }

    /** A UUIDv7 (RFC 9562): milliseconds, and 74 random bits but two. */
    private static function newId(): string
    {
        $hex = sprintf('%012x', 1000 * microtime(true)) . bin2hex(random_bytes(10));
        return (string) preg_replace('/^(.{8})(.{4}).(.{3}).(.{3})/', '$1-$2-7$3-8$4-', $hex);
    }
}
