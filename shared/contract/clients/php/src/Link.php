<?php

declare(strict_types=1);

namespace TwoFactor;

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Channel\Frame;
use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Exception\AMQPTimeoutException;
use PhpAmqpLib\Message\AMQPMessage;

/**
 * A connection of one process: a channel with publisher confirms and a consumer of direct replies.
 * It says what became of a message. It knows neither events nor what to do next.
 *
 * @internal
 */
final class Link
{
    public readonly int $pid;
    /** Why the broker has not taken the last message, where it said so. */
    public ?string $declined = null;
    private readonly AMQPStreamConnection $connection;
    private readonly AMQPChannel $channel;
    private ?AMQPMessage $message = null;
    private bool $confirmed = false;
    private ?string $answer = null;

    /**
     * @param array<string, mixed> $at where the broker is, as the library's connection takes it
     * @param float $timeout in seconds, for each step of opening it
     */
    public function __construct(#[\SensitiveParameter] array $at, float $timeout)
    {
        $this->pid = (int) getmypid();
        $this->connection = new AMQPStreamConnection(...$at, connection_timeout: $timeout);
        // The library does so itself where PHP has signals; else a read outlasts its time.
        stream_set_blocking($this->connection->getIO()->getSocket(), false);
        // Only close() closes: a child process would else close its parent's connection at its end.
        $this->connection->set_close_on_destruct(false);
        try {
            $this->channel = $this->channel($timeout);
        } catch (\Throwable $error) {
            $this->close(politely: false);
            throw $error;
        }
    }

    /**
     * Publishes a message, and waits so many seconds for the answer with its id.
     *
     * @return ?string the answer; null where none came, and `declined` says why if it was not sent
     * @throws AMQPTimeoutException where the broker says nothing of the message
     */
    public function ask(#[\SensitiveParameter] AMQPMessage $message, string $type, float $seconds): ?string
    {
        $end = hrtime(true) / 1e9 + $seconds;
        $this->message = $message;
        $this->confirmed = false;
        $this->declined = $this->answer = null;
        $this->channel->basic_publish($message, 'crm.auth', $type, mandatory: true);
        while (($this->answer ?? $this->declined) === null && ($left = $end - hrtime(true) / 1e9) > 0) {
            try {
                $this->channel->wait(timeout: $left);
            } catch (AMQPTimeoutException) {
                // Nothing came; the time says what is next.
            }
        }
        if (($this->answer ?? $this->declined) === null && !$this->confirmed) {
            throw new AMQPTimeoutException('it confirms nothing');
        }
        return $this->answer;
    }

    /** Politely: waits for the broker's word, which one that is gone does not give. */
    public function close(bool $politely): void
    {
        try {
            $politely ? $this->connection->close() : $this->connection->getIO()->close();
        } catch (\Exception | \TypeError) {
            // It was closed already, which is what was wanted.
        }
    }

    private function channel(float $timeout): AMQPChannel
    {
        $channel = new class ($this->connection, null, true, $timeout) extends AMQPChannel {
            protected function next_frame($timeout = 0): Frame
            {
                // The library waits for the rest of a message without end, which is its 0.
                return parent::next_frame($timeout ?: $this->channel_rpc_timeout);
            }
        };
        $channel->confirm_select();
        $channel->set_ack_handler(fn ($sent) => $this->confirmed = $this->confirmed || $sent === $this->message);
        // One that comes late, for the message before, sends this one twice, which changes nothing.
        $channel->set_nack_handler(fn () => $this->declined = 'the broker declined it');
        $channel->set_return_listener(fn () => $this->declined = 'no queue took it: are the workers running?');
        $channel->basic_consume('amq.rabbitmq.reply-to', no_ack: true, callback: function (AMQPMessage $reply): void {
            if (($reply->get_properties()['correlation_id'] ?? null) === $this->message?->get('correlation_id')) {
                $this->answer ??= $reply->getBody();
            }
        });
        return $channel;
    }
}
