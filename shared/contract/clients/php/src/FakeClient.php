<?php

declare(strict_types=1);

namespace TwoFactor;

use TwoFactor\Types\Event;
use TwoFactor\Types\Outcome;
use TwoFactor\Types\Outcomes;

/**
 * A client without a broker, for an application's own tests. It answers with the published examples,
 * in the order in which they were set and about whom the event is about, and keeps what it was asked.
 * An answer that nobody set is an error, so that no test passes by an acceptance that it did not set.
 */
final class FakeClient extends Client
{
    /** @var list<Event> what was asked, the oldest first */
    public array $requests = [];

    /** What an answer has of its event. */
    private const IDS = ['tenant_id' => 0, 'user_id' => 0, 'session_id' => 0];

    /** @var list<array{0: array<string, mixed>, 1: array<string, mixed>}|ClientException> */
    private array $answers = [];

    /** @var array<string, array<string, mixed>>|null */
    private static ?array $examples = null;

    public function __construct()
    {
    }

    /**
     * Sets the next answer: `answers('login.rejected.v1', reason: 'wrong_code')`.
     *
     * @param string $type an outcome's type
     * @param ?string $reason the reason, where the type has several; else its first example
     * @param array<string, mixed> $data members, as on the wire, in place of the example's
     */
    public function answers(string $type, ?string $reason = null, array $data = []): self
    {
        $name = $reason === null ? $type : "$type#$reason";
        $example = self::examples()[$name] ?? null;
        if ($example === null || !isset(Outcomes::TYPES[$type])) {
            throw new \InvalidArgumentException("No outcome is published as $name: see src/Types/examples.json.");
        }
        $this->answers[] = [$example, $data];
        return $this;
    }

    /** Sets no answer as the next one: the request throws {@see NoAnswer}. */
    public function noAnswer(): self
    {
        return $this->fails(new NoAnswer('no answer: let nobody in, and ask the person to try again (a fake)'));
    }

    /** Sets what the next request throws. */
    public function fails(ClientException $exception): self
    {
        $this->answers[] = $exception;
        return $this;
    }

    public function request(
        Event $event,
        ?\DateTimeInterface $time = null,
        ?string $id = null,
        ?string $traceparent = null,
    ): Outcome {
        $this->requests[] = $event;
        $answer = array_shift($this->answers);
        if ($answer === null) {
            throw new \LogicException('No answer is set for ' . $event::TYPE . ': call answers() or noAnswer().');
        }
        if ($answer instanceof ClientException) {
            throw $answer;
        }
        [$example, $data] = $answer;
        $ids = array_intersect_key($event->toData(), self::IDS, $example['data']);
        $example['data'] = array_replace($example['data'], $ids, $data);
        return Outcomes::fromMessage(['causationid' => $id ?? $example['causationid'] ?? null] + $example);
    }

    public function close(): void
    {
        $this->answers = [];
    }

    /** @return array<string, array<string, mixed>> */
    private static function examples(): array
    {
        return self::$examples ??= json_decode(
            (string) file_get_contents(__DIR__ . '/Types/examples.json'),
            true,
            64,
            JSON_THROW_ON_ERROR,
        );
    }
}
