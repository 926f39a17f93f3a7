import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import {
  type OrderChange,
  type OrderFilter,
  type OrderPage,
  OrderSummaries,
  OutOfStepError,
  type WriteContext,
} from '../order-summaries.js';
import type { OrderSummary } from '../order-summary.js';
import { OrderSummaryEntity } from './order-summary.entity.js';

/** The read model in PostgreSQL. Writes join the transaction in which the projection's checkpoint advances. */
@Injectable()
export class TypeOrmOrderSummaries extends OrderSummaries {
  constructor(@InjectRepository(OrderSummaryEntity) private readonly summaries: Repository<OrderSummaryEntity>) {
    super();
  }

  async find(id: string): Promise<OrderSummary | undefined> {
    return (await this.summaries.findOneBy({ id })) ?? undefined;
  }

  async list({ status, customerId }: OrderFilter, { limit, after }: OrderPage): Promise<readonly OrderSummary[]> {
    const query = this.summaries.createQueryBuilder('summary').where({
      ...(status !== undefined && { status }),
      ...(customerId !== undefined && { customerId }),
    });
    // One comparison of rows, which the index answers; with OR it would not.
    if (after !== undefined) query.andWhere('(summary.placedAt, summary.id) < (:placedAt, :id)', after);
    return query.orderBy('summary.placedAt', 'DESC').addOrderBy('summary.id', 'DESC').limit(limit).getMany();
  }

  async add(summary: OrderSummary, { manager }: WriteContext): Promise<void> {
    await manager.insert(OrderSummaryEntity, summary);
  }

  async change(id: string, change: OrderChange, { manager }: WriteContext): Promise<void> {
    const { affected } = await manager.update(OrderSummaryEntity, { id, version: change.version - 1 }, change);
    if (affected !== 1) throw new OutOfStepError(id, change.version);
  }
}
