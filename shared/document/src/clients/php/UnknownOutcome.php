<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/** An outcome of a type that this version does not know. It is no acceptance. */
final readonly class UnknownOutcome implements Outcome
{
    public function __construct(
        /** The CloudEvents type. */
        public string $type,
        /**
         * Its members; a secret, since any of them may be one.
         *
         * @var Secret<array<string, mixed>>
         */
        public Secret $data,
        /** The attributes around it. */
        public Envelope $envelope,
    ) {
    }
}
